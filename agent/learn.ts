import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentConfiguration } from './config.js';
import { AgentError } from './errors.js';
import { Collector } from './learn/collector.js';
import { GatedCommand } from './learn/command.js';
import type { ExplainedProgram } from './learn/explanation.js';
import { Family } from './learn/family.js';
import { explanationJson } from './learn/json.js';
import { learnOptions, type LearnOptions } from './learn/options.js';
import { explanationText } from './learn/text.js';
import { LiveAgent } from './live.js';
import { Metrics } from './metrics.js';
import { selfProcess } from './process/self.js';
import { replay } from './replay.js';

export const learnUsage =
  'usage: panorama learn [--config FILE] [--settle MS] [--record FILE] [--json] [--all] [--report FILE] -- CMD…';

/** What timeout(1) and env(1) end with when they fail themselves: 1 would be the command's. */
const OWN_FAILURE = 125;
/** Processes that outlive the command and never rest are waited for this many times the settle time. */
const LONGEST_WAIT = 5;

/** `panorama learn`: exit code of the command, 0 for a recording, 125 for what went wrong, 2 for wrong usage. */
export async function runLearn(argv: readonly string[]): Promise<number> {
  try {
    const options = learnOptions(argv);
    return options.replay === undefined ? await learn(options) : learnFrom(options.replay, options);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    process.stderr.write(`panorama learn: ${error.message}\n`);
    if (error.code !== 'USAGE') return OWN_FAILURE;
    process.stderr.write(`${learnUsage}\n`);
    return 2;
  }
}

async function learn(options: LearnOptions): Promise<number> {
  const { configuration } = options;
  const command = new GatedCommand(options.command);
  const family = new Family(command.prepare());
  const collector = new Collector(family, configuration.noise);
  const tell = (sentence: string): void => void process.stderr.write(`panorama learn: ${sentence}\n`);
  const agent = new LiveAgent(configuration, collector, selfProcess(), new Metrics(), tell, [], collector);
  try {
    agent.start();
  } catch (error) {
    command.cancel();
    throw error;
  }
  // Ctrl-C is for the command; what it did until then is still to be told.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const exitCode = await command.run();
    await rest(family, configuration.settleMilliseconds);
    await agent.stop();
    tellOf(collector.result(), exitCode, options);
    return exitCode;
  } finally {
    process.off('SIGINT', ignore);
    await agent.stop();
  }
}

/** Resolves when nobody of the family runs, or those who do have been quiet; in any case after a while. */
async function rest(family: Family, settle: number): Promise<void> {
  const ended = performance.now();
  while (family.running.size > 0) {
    const now = performance.now();
    if (now - Math.max(family.lastActivity, ended) >= settle || now - ended >= LONGEST_WAIT * settle) return;
    await delay(5);
  }
}

function learnFrom(file: string, options: LearnOptions): number {
  tellOf(explainRecording(file, options.configuration), undefined, options);
  return 0;
}

/** What the rules make of a recording, of every process in it. Throws AgentError RECORDING_INVALID. */
export function explainRecording(
  file: string,
  { noise, settleMilliseconds }: Pick<AgentConfiguration, 'noise' | 'settleMilliseconds'>,
): readonly ExplainedProgram[] {
  const collector = new Collector(new Family(undefined), noise);
  replay(file, collector, selfProcess(), new Metrics(), {
    settle: settleMilliseconds * 1000,
    noise,
    trace: collector,
    watch: (event) => {
      collector.event(event);
    },
  });
  return collector.result();
}

function tellOf(programs: readonly ExplainedProgram[], exitCode: number | undefined, options: LearnOptions): void {
  const colour = options.report === undefined && process.stdout.isTTY;
  const text = options.json
    ? explanationJson(programs, exitCode)
    : explanationText(programs, { all: options.all, colour });
  if (options.report === undefined) process.stdout.write(text);
  else writeReport(options.report, text);
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new AgentError('LOG_UNWRITABLE', `the report ${file} cannot be written: ${String(cause)}`, { cause });
  }
}
