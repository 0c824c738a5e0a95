import { QueryClient } from '../../proto/service.js';
import { aggregatorAddress, callError } from '../client.js';
import { UsageError } from '../errors.js';
import { outputForm, parseArguments, rowLimit, searchedTable, timeRange } from '../input/options.js';
import { printRows } from '../output/rows.js';

/** `panorama search FILTER` */
export async function runSearch(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArguments(argv, ['aggregator', 'from', 'limit', 'output', 'since', 'until']);
  const [filter, ...others] = positionals;
  if (filter === undefined) throw new UsageError("a filter is missing; '' finds everything");
  if (others.length > 0) throw new UsageError('more than one filter: quote it, so that the shell passes it as one');
  const address = aggregatorAddress(values.aggregator);
  const { table, number } = searchedTable(values.from);
  const form = outputForm(values.output);
  const request = { table: number, filter, limit: rowLimit(values.limit), ...timeRange(values.since, values.until) };

  const client = new QueryClient(address);
  try {
    const count = await printRows(client.search(request), { form, table, live: false });
    if (count === 0 && form === 'table') process.stderr.write('nothing found\n');
    return 0;
  } catch (error) {
    throw callError(error, address);
  } finally {
    client.close();
  }
}
