import type { Process } from '../../process/process.js';
import type { TrackedProcess } from '../../process/tracked.js';
import type { FileBehaviour, FileOperation, FileReference } from '../behaviour.js';
import type { ConnectionTable } from '../connections.js';
import type { ContentSource } from '../content.js';
import type { Evaluation } from '../evaluation.js';
import { FactIndex } from '../fact-index.js';
import { bytesTaken, Facts, isDestination, reference, type FileFact } from '../facts.js';
import { endpointsOf, type OpenConnection } from '../open-connection.js';
import type { Inflow, PipelineFlow } from '../pipeline-flow.js';
import { COMPRESSION } from '../transfer.js';
import { rulesOf } from './index.js';

/** What a whole pipeline may amount to, as one process could do it. */
const transformations = rulesOf('transformation');

export interface Pipeline {
  readonly flow: PipelineFlow;
  readonly connections: ConnectionTable;
  /** Of every member that is joined, also of those without facts. */
  readonly members: readonly TrackedProcess[];
  readonly evaluations: ReadonlyMap<TrackedProcess, Evaluation>;
  readonly wall: (time: number) => number;
  readonly add: (behaviour: FileBehaviour) => void;
}

/**
 * Processes that pipes join are one: what the first read is what the last wrote, or sent, or what
 * the first received. It is one line of the operation that the whole amounts to.
 */
export function explainPipeline(pipeline: Pipeline): void {
  for (const member of pipeline.members) {
    const inflow = pipeline.flow.into(member);
    if (inflow.files.size === 0 && !inflow.session) continue;
    const connection = pipeline.flow.leavingOver(member);
    if (connection && inflow.files.size > 0) {
      upload(pipeline, connection, member, [...inflow.files], [...inflow.stages, member]);
      continue;
    }
    toSession(pipeline, member, inflow);
    toFiles(pipeline, member, inflow);
  }
}

/** The last stage below a server: its stdout is the session (`ssh h 'tar c d | gzip'`). */
function toSession(pipeline: Pipeline, member: TrackedProcess, { files, stages }: Inflow): void {
  const session = files.size > 0 ? pipeline.connections.sessionAtStdout(member) : undefined;
  if (!session) return;
  const sources = [...files];
  const bytes = sources.reduce((sum, file) => sum + bytesTaken(file), 0);
  if (member.passed && COMPRESSION * member.passed.written < bytes) return;
  upload(pipeline, session, member, sources, [...stages, member]);
  pipeline.connections.offer(session, member.process, bytes, latest(sources));
}

function upload(
  { wall, add }: Pipeline,
  connection: OpenConnection,
  { process }: TrackedProcess,
  files: readonly FileFact[],
  stages: readonly TrackedProcess[],
): void {
  for (const file of files) file.consumed = true;
  add({
    kind: 'file',
    operation: 'upload',
    time: wall(latest(files)),
    process,
    count: 1,
    sources: sourcesOf(files),
    destinations: [],
    connectionId: connection.connectionId,
    endpoints: endpointsOf(connection),
    pipeline: stages.map((stage) => stage.process),
  });
}

function toFiles(pipeline: Pipeline, member: TrackedProcess, inflow: Inflow): void {
  const evaluation = pipeline.evaluations.get(member);
  if (!evaluation) return;
  const { flow } = pipeline;
  // One that started the stages before or after it has more to do: files that it read and wrote beside.
  const isAbove = inflow.stages.some((stage) => flow.isAbove(member, stage) || flow.isAbove(stage, member));
  const writes = inflow.stages.some((stage) => flow.isAbove(member, stage));
  const begun = Math.min(...inflow.stages.map(({ start }) => start));
  const written = evaluation.facts.files.filter(
    (file) => !file.consumed && isDestination(file) && (!writes || (cameThrough(file) && file.time >= begun)),
  );
  // What it wrote beside, of itself, is less than what came.
  const bytes = written.reduce((sum, file) => sum + file.bytesWritten, 0);
  if (inflow.session && writes && 2 * bytes < (flow.givenTo(member) ?? 1)) return;
  if (written.length === 0) return;
  const stages = [...inflow.stages, member];
  // A helper that a program started for a part of its own work: gzip for `tar czf`.
  const program = inflow.stages.findLast((stage) => flow.isAbove(stage, member));
  const process = (program ?? member).process;
  if (inflow.session) download(pipeline, inflow.session, written, process, stages);
  else transform(pipeline, evaluation, [...inflow.files], written, process, stages, !isAbove);
}

/** Of a program that has more to do than what comes to it. */
function cameThrough({ received, bytesWritten }: FileFact): boolean {
  return received || bytesWritten === 0;
}

function download(
  { connections, wall, add }: Pipeline,
  session: OpenConnection,
  written: readonly FileFact[],
  process: TrackedProcess['process'],
  stages: readonly TrackedProcess[],
): void {
  for (const file of written) file.consumed = true;
  add({
    kind: 'file',
    operation: 'download',
    time: wall(latest(written)),
    process,
    count: 1,
    sources: [],
    destinations: written.map((file) => reference(file, file.bytesWritten)),
    connectionId: session.connectionId,
    endpoints: endpointsOf(session),
    pipeline: stages.map((stage) => stage.process),
  });
  // The connection of a stage is that stage's; one that a server accepted goes to who moves the files (P2).
  if (stages.some((stage) => connections.heldBy(stage).includes(session))) return;
  const bytes = written.reduce((sum, file) => sum + file.bytesWritten, 0);
  connections.offer(session, process, bytes, latest(written));
}

/** As if one process had read the sources and written the destinations. `isSure`: it is clear also where no rule says how. */
function transform(
  { wall, add, evaluations }: Pipeline,
  { context }: Evaluation,
  sources: readonly FileFact[],
  written: readonly FileFact[],
  process: TrackedProcess['process'],
  stages: readonly TrackedProcess[],
  isSure: boolean,
): void {
  const report = (
    operation: FileOperation,
    time: number,
    from: readonly FileReference[],
    to: readonly FileReference[],
  ): void => {
    const members = stages.map((stage) => stage.process);
    add({
      kind: 'file',
      operation,
      time: wall(time),
      process,
      count: 1,
      sources: from,
      destinations: to,
      connectionId: 0,
      pipeline: members,
    });
  };
  const facts = new Facts();
  // Copies: a source may go to several destinations (tee), and what it was taken for before is no matter.
  const from = sources.map((file) => ({ ...file, consumed: false }));
  facts.files.push(...from, ...written);
  facts.files.sort((left, right) => left.time - right.time);
  facts.files.forEach((file, order) => (file.order = order));
  const joint = {
    ...context,
    facts,
    // Who reads the sources may remove them (tar --remove-files, rsync --remove-source-files).
    index: new FactIndex(
      facts.files,
      [...evaluations.values()].flatMap(({ facts: { names } }) => names),
    ),
    content: partsOf(context.content, from),
    cameOver: () => false,
    report: (
      operation: FileOperation,
      fact: { readonly time: number },
      read: readonly FileReference[],
      made: readonly FileReference[],
    ): void => {
      report(operation, fact.time, read, made);
    },
  };
  for (const rule of transformations) rule.explain(joint);
  sources.forEach((file, at) => {
    if (isSure || from[at]?.consumed === true) file.consumed = true;
  });
  const rest = written.filter((file) => !file.consumed && file.bytesWritten > 0);
  if (!isSure || rest.length === 0) return;
  for (const file of rest) file.consumed = true;
  const unused = from.filter((file) => !file.consumed);
  const origin = (unused.length > 0 ? unused : from).filter((file) => bytesTaken(file) > 0);
  report(
    rest.every((file) => file.created && !file.replaced) ? 'create' : 'write',
    latest(rest),
    sourcesOf(origin),
    rest.map((file) => reference(file, file.bytesWritten)),
  );
}

/** A file that several stages read is one source: `paste <(cut -c1 a) <(cut -c2- a)`. */
function sourcesOf(files: readonly FileFact[]): readonly FileReference[] {
  const first = new Map<string, FileFact>();
  for (const file of files) {
    const key = `${file.device}:${file.inode}:${file.path}`;
    if (!first.has(key)) first.set(key, file);
  }
  return [...first.values()].map((file) => reference(file, bytesTaken(file)));
}

/** What was passed on byte for byte after an archive of the same process is a part of that: `cat z.* | tar xz`. */
function partsOf(content: ContentSource, sources: readonly FileFact[]): ContentSource {
  const parts = new Set<FileFact>();
  const begun = new Set<Process>();
  for (const file of sources.filter(({ shown }) => shown)) {
    if (begun.has(file.process)) parts.add(file);
    else if (content.contentOf(file) === 'archive') begun.add(file.process);
  }
  return { contentOf: (file) => (parts.has(file) ? 'archive' : content.contentOf(file)) };
}

function latest(files: readonly FileFact[]): number {
  return files.reduce((time, file) => Math.max(time, file.time), 0);
}
