import { QueryClient } from '../../proto/service.js';
import { aggregatorAddress, callError } from '../client.js';
import { UsageError } from '../errors.js';
import { outputForm, parseArguments, rowLimit, searchedTable } from '../input/options.js';
import { printRows } from '../output/rows.js';

/** `panorama tail [FILTER]`; ends with Ctrl-C, or when the aggregator ends it. */
export async function runTail(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArguments(argv, ['aggregator', 'from', 'limit', 'output']);
  if (positionals.length > 1)
    throw new UsageError('more than one filter: quote it, so that the shell passes it as one');
  const address = aggregatorAddress(values.aggregator);
  const { table, number } = searchedTable(values.from);
  const form = outputForm(values.output);

  const client = new QueryClient(address);
  const stream = client.tail({ table: number, filter: positionals[0] ?? '', limit: rowLimit(values.limit) });
  const asked = new AbortController();
  const leave = (): void => {
    asked.abort();
    stream.cancel();
  };
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  try {
    await printRows(stream, { form, table, live: true });
    return 0;
  } catch (error) {
    if (asked.signal.aborted) return 0;
    throw callError(error, address);
  } finally {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
    client.close();
  }
}
