import { parseArgs } from 'node:util';
import { agentConfiguration, type AgentConfiguration } from './config.js';
import { checkAggregator } from './doctor/aggregator.js';
import { checkCapture, skipCapture } from './doctor/capture.js';
import { exitCodeOf, formatFinding, type Finding } from './doctor/finding.js';
import { checkHost } from './doctor/host.js';
import { AgentError } from './errors.js';
import { objectFile } from './live.js';

export const doctorUsage = 'usage: panorama doctor [--config FILE] [--aggregator HOST:PORT]';

/**
 * `panorama doctor`: one line per check on stdout, and the exit code: 0 when all that is necessary is there, 1 where
 * something is not, 2 for wrong usage.
 */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const findings: Finding[] = [];
  const tell = (...found: readonly Finding[]): void => {
    findings.push(...found);
    for (const finding of found) process.stdout.write(`${formatFinding(finding)}\n`);
  };
  try {
    const configuration = parse(argv);
    const host = checkHost(objectFile);
    tell(...host);
    tell(...(exitCodeOf(host) === 0 ? await checkCapture(configuration) : skipCapture()));
    if (configuration.aggregator !== undefined) tell(await checkAggregator(configuration.aggregator));
    return exitCodeOf(findings);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    process.stderr.write(`panorama doctor: ${error.message}\n`);
    if (error.code !== 'USAGE') return 1;
    process.stderr.write(`${doctorUsage}\n`);
    return 2;
  }
}

/** The agent's own reading of its configuration file, so that the doctor looks at what the agent would do. */
function parse(argv: readonly string[]): AgentConfiguration {
  try {
    parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: { config: { type: 'string' }, aggregator: { type: 'string' } },
    });
  } catch (cause) {
    throw new AgentError('USAGE', cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return agentConfiguration(argv);
}
