import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { destination, pino, type Logger } from 'pino';
import { readConfig, type AggregatorConfig } from './config.js';
import { Correlator } from './correlate/correlator.js';
import { AggregatorError } from './errors.js';
import { CommitJournal } from './ingest/commit-journal.js';
import { Feed } from './ingest/feed.js';
import { GroupCommit } from './ingest/group-commit.js';
import { HostRegistry } from './ingest/hosts.js';
import { IngestService } from './ingest/service.js';
import { Metrics } from './metrics.js';
import { QueryService } from './query/service.js';
import { allTables } from './schema/tables.js';
import { GrpcServer } from './server.js';
import { EmbeddedStore } from './store/embedded.js';
import { programVersion } from './version.js';

const stopMilliseconds = 4_800;

/** The `panorama aggregator` command: serves until SIGTERM or SIGINT. Gives the exit code. */
export async function runAggregator(argv: readonly string[]): Promise<number> {
  try {
    const config = readConfig(argv);
    const log = pino({ level: config.logLevel }, destination({ dest: 2, sync: true }));
    await serve(config, log);
    return 0;
  } catch (error) {
    if (!(error instanceof AggregatorError)) throw error;
    process.stderr.write(`panorama aggregator: ${error.message}\n`);
    return error.code === 'USAGE' ? 2 : 1;
  }
}

async function serve(config: AggregatorConfig, log: Logger): Promise<void> {
  const signal = nextSignal();
  const dataDirectory = resolve(config.data);
  const metrics = new Metrics();
  const feed = new Feed(metrics);
  const store = new EmbeddedStore({ dataDirectory, tables: allTables, log, defaultLimits: config.query });
  const journal = new CommitJournal(dataDirectory, store, log);
  const hosts = new HostRegistry(store);
  const { commitInterval: interval, pendingBytes } = config.ingest;
  const commit = new GroupCommit({ store, journal, feed, metrics, log, interval, pendingBytes });
  const ingest = new IngestService({ version: programVersion(), store, hosts, commit, feed, metrics, log });
  const query = new QueryService({ store, feed, log });
  const correlator = new Correlator({ store, feed, log });
  const server = new GrpcServer(config.listen, [ingest, query]);

  const stop = async (): Promise<void> => {
    query.stop();
    await ingest.stop();
    server.stop();
    await correlator.stop();
    await journal.stop();
    await store.stop();
    log.info(metrics.snapshot(), 'stopped');
  };

  try {
    await store.start();
    await journal.start();
    const address = await server.start();
    correlator.start();
    log.info({ address, data: dataDirectory }, 'serving');
    process.stderr.write('ready\n');
    log.info({ signal: await signal }, 'stopping');
  } finally {
    await Promise.race([stop(), delay(stopMilliseconds, undefined, { ref: false })]);
  }
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolveSignal) => {
    process.once('SIGTERM', resolveSignal);
    process.once('SIGINT', resolveSignal);
  });
}
