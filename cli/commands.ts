import type { Command } from './command.js';
import * as help from './help.js';

/** Every command, in the order of `panorama --help`. Each is imported when it is run, so that all start quickly. */
export const commands: readonly Command[] = [
  {
    name: 'agent',
    summary: 'watch this host and write a line per behaviour',
    help: help.agent,
    run: async (argv) => (await import('../agent/main.js')).runAgent(argv),
  },
  {
    name: 'aggregator',
    summary: 'store what agents and flow logs tell, join it, answer questions',
    help: help.aggregator,
    run: async (argv) => (await import('../aggregator/main.js')).runAggregator(argv),
  },
  {
    name: 'import',
    summary: 'hand a flow log to the aggregator',
    help: help.importLogs,
    run: async (argv) => (await import('./commands/import.js')).runImport(argv),
  },
  {
    name: 'search',
    summary: 'find behaviours, connections, flows and sessions',
    help: help.search,
    run: async (argv) => (await import('./commands/search.js')).runSearch(argv),
  },
  {
    name: 'tail',
    summary: 'show what arrives from now on',
    help: help.tail,
    run: async (argv) => (await import('./commands/tail.js')).runTail(argv),
  },
  {
    name: 'trace',
    summary: 'follow a file or an endpoint across hosts',
    help: help.trace,
    run: async (argv) => (await import('./commands/trace.js')).runTrace(argv),
  },
  {
    name: 'hosts',
    summary: 'list the hosts that have an agent',
    help: help.hosts,
    run: async (argv) => (await import('./commands/hosts.js')).runHosts(argv),
  },
  {
    name: 'learn',
    summary: 'run a command, and show which rule explains what it does',
    help: help.learn,
    run: async (argv) => (await import('../agent/learn.js')).runLearn(argv),
  },
  {
    name: 'doctor',
    summary: 'check that this host can be watched',
    help: help.doctor,
    run: async (argv) => (await import('../agent/doctor.js')).runDoctor(argv),
  },
];
