#!/usr/bin/env node
import { commands } from './commands.js';
import type { Command } from './command.js';
import { CommandError, UsageError } from './errors.js';

function overview(): string {
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return `Usage: panorama COMMAND [OPTIONS]\n\n${list.join('\n')}\n\nMore about each: panorama COMMAND --help`;
}

/** `--help` anywhere before `--`, whatever else is there. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

async function runCommand(command: Command, argv: readonly string[]): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(`${command.help}\n`);
    return 0;
  }
  try {
    return await command.run(argv);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`panorama ${command.name}: ${error.message}\nTry: panorama ${command.name} --help\n`);
      return 2;
    }
    if (error instanceof CommandError) {
      process.stderr.write(`panorama ${command.name}: ${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`);
    return 2;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${overview()}\n`);
    return 0;
  }
  if (name === '--version' || name === '-V') {
    const { programVersion } = await import('../aggregator/version.js');
    process.stdout.write(`panorama ${programVersion()}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return runCommand(command, rest);
  process.stderr.write(`panorama: there is no command "${name}"\nTry: panorama --help\n`);
  return 2;
}

// Whoever reads our output may have seen enough: `panorama search … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
