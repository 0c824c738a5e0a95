import { tables } from '../../aggregator/schema/tables.js';
import { QueryClient } from '../../proto/service.js';
import { aggregatorAddress, callError } from '../client.js';
import { UsageError } from '../errors.js';
import { outputForm, parseArguments } from '../input/options.js';
import { printRows } from '../output/rows.js';

/** `panorama hosts` */
export async function runHosts(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArguments(argv, ['aggregator', 'output']);
  if (positionals.length > 0)
    throw new UsageError('hosts takes no arguments; find behaviours of one with search host:NAME');
  const address = aggregatorAddress(values.aggregator);
  const form = outputForm(values.output);

  const client = new QueryClient(address);
  try {
    const count = await printRows(client.hosts(), { form, table: tables.hosts, live: false });
    if (count === 0 && form === 'table') process.stderr.write('no host has registered yet\n');
    return 0;
  } catch (error) {
    throw callError(error, address);
  } finally {
    client.close();
  }
}
