import { RecordedContentSource } from './behaviour/content.js';
import type { Sink } from './behaviour/behaviour.js';
import type { EngineOptions } from './behaviour/engine.js';
import type { KernelEvent } from './decode/event.js';
import { RecordedInodeSource } from './behaviour/inode.js';
import type { Fold } from './fold/fold.js';
import { layoutHash } from './kernel/generated/layout.js';
import type { Metrics } from './metrics.js';
import { Pipeline } from './pipeline.js';
import { Clock } from './process/clock.js';
import { RecordedContainerFiles } from './process/container-files.js';
import type { Process } from './process/process.js';
import { FixedUserNames } from './process/users.js';
import { inodeFromText, type Observation } from './recording/format.js';
import { Recording } from './recording/reader.js';

export interface ReplayOptions extends EngineOptions {
  readonly folds?: readonly Fold[];
  /** Sees every event before the engine handles it. */
  readonly watch?: (event: KernelEvent) => void;
}

/** A recording holds the answer before the tick that asked. */
const askForOpenFiles = (): void => undefined;

/**
 * The same decoding and the same rules as on the live kernel, over a recording: fixtures,
 * benchmarks and bug reports. Throws AgentError RECORDING_INVALID.
 */
export function replay(file: string, sink: Sink, self: Process, metrics: Metrics, options: ReplayOptions): void {
  const recording = Recording.open(file, layoutHash);
  const { header } = recording;
  const clock = new Clock();
  clock.offset = header.clockOffset;
  const content = new RecordedContentSource();
  const inodes = new RecordedInodeSource();
  const containers = new RecordedContainerFiles();
  const users = new FixedUserNames(new Map(Object.entries(header.users).map(([uid, name]) => [Number(uid), name])));
  const intercept = (event: KernelEvent): boolean => {
    options.watch?.(event);
    return false;
  };
  const { own } = header;
  const pipeline = new Pipeline({
    clock,
    users,
    content,
    inodes,
    containers,
    own,
    sink,
    metrics,
    ...options,
    intercept,
    askForOpenFiles,
  });
  for (const snapshot of header.processes) pipeline.processes.addSnapshot(snapshot);
  recording.visit({
    record: (bytes, offset, length) => {
      pipeline.record(bytes, offset, length);
    },
    observation: (observation) => {
      observe(observation);
    },
  });
  pipeline.finish();

  function observe(observation: Observation): void {
    switch (observation.kind) {
      case 'tick':
        pipeline.tick(observation.time);
        return;
      case 'stock':
        pipeline.connections.stockTaken();
        return;
      case 'visited':
        pipeline.engine.visited(observation.time);
        return;
      case 'clock':
        clock.offset = observation.offset;
        return;
      case 'content':
        content.add(observation.device, inodeFromText(observation.inode), observation.content);
        return;
      case 'inode':
        inodes.add(observation.root, observation.path, inodeFromText(observation.inode));
        return;
      case 'host-path':
        containers.addHostPath(observation.root, observation.path);
        return;
      case 'container-user':
        containers.addUser(observation.root, observation.uid, observation.name);
        return;
      case 'target':
        inodes.addTarget(observation.root, observation.path, observation.target);
        return;
      case 'gap':
        pipeline.gap(observation.time, observation.text, self);
    }
  }
}
