import type { Descriptor } from '../decode/event.js';
import { countOutcomes, type ExplainedProgram } from './explanation.js';

/** The explanation for tools: one JSON object. `exitCode`: of the command, undefined for a recording. */
export function explanationJson(programs: readonly ExplainedProgram[], exitCode: number | undefined): string {
  const value = {
    exit_code: exitCode,
    programs: programs.map(({ commandLine, stdin, stdout, ...program }) => ({
      ...program,
      command_line: commandLine,
      stdin: stdin && descriptor(stdin),
      stdout: stdout && descriptor(stdout),
    })),
    counts: countOutcomes(programs),
  };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Inode numbers beyond 2^53 exist: text. */
function descriptor({ kind, inode }: Descriptor): { readonly kind: string; readonly inode: string } {
  return { kind, inode: String(inode) };
}
