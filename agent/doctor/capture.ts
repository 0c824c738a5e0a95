import type { AgentConfiguration } from '../config.js';
import { AgentError, type AgentErrorCode } from '../errors.js';
import type { ProbeState } from '../kernel/probes.js';
import { LiveAgent } from '../live.js';
import { Metrics } from '../metrics.js';
import { selfProcess } from '../process/self.js';
import type { Finding } from './finding.js';
import { KnownEvent } from './known-event.js';

/** In the order in which the agent starts. */
const steps = ['load', 'ring', 'probes', 'known event'] as const;
type Step = (typeof steps)[number];

const stepOfError: Partial<Record<AgentErrorCode, Step>> = { RING_FAILED: 'ring', ATTACH_FAILED: 'probes' };

/** Starts the real agent for a moment, and has it see a known event from the kernel to a behaviour. */
export async function checkCapture(configuration: AgentConfiguration): Promise<readonly Finding[]> {
  const event = new KnownEvent();
  try {
    const agent = new LiveAgent(
      { ...configuration, record: undefined },
      event,
      selfProcess(),
      new Metrics(),
      () => undefined,
    );
    agent.start();
    try {
      return [...describeStart(configuration, agent.probes), describeEvent(await event.observe())];
    } finally {
      await agent.stop();
    }
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return describeFailure(error);
  } finally {
    await event.stop();
  }
}

export function skipCapture(): readonly Finding[] {
  return steps.map((check) => ({ check, state: 'skipped', text: 'something it needs failed' }));
}

function describeStart({ ringBytes }: AgentConfiguration, probes: readonly ProbeState[]): readonly Finding[] {
  return [
    { check: 'load', state: 'ok', text: 'the kernel took the BPF programs' },
    { check: 'ring', state: 'ok', text: `${ringBytes / 1024 / 1024} MiB between kernel and agent, mapped` },
    ...probes.map(describeProbe),
  ];
}

function describeProbe({ section, attached, detail }: ProbeState): Finding {
  return attached
    ? { check: 'probe', state: 'ok', text: section }
    : { check: 'probe', state: 'missing', text: `${section} (${detail})` };
}

function describeEvent(result: number | readonly string[]): Finding {
  const check = 'known event';
  if (typeof result === 'number') {
    return { check, state: 'ok', text: `a file made and removed by another process was seen within ${result} ms` };
  }
  const text = `no ${result.join(' and ')} of a file that another process made and removed: the agent is blind on this host`;
  return { check, state: 'failed', text };
}

function describeFailure({ code, message }: AgentError): readonly Finding[] {
  const failed = stepOfError[code] ?? 'load';
  return steps.flatMap((check): readonly Finding[] => {
    if (check === failed) return [{ check, state: 'failed', text: message }];
    if (steps.indexOf(check) < steps.indexOf(failed)) return [{ check, state: 'ok', text: 'done' }];
    return [{ check, state: 'skipped', text: 'something it needs failed' }];
  });
}
