import { toNumber } from '../../proto/integer.js';
import { QueryClient, type TraceResponse } from '../../proto/service.js';
import { aggregatorAddress, callError } from '../client.js';
import { UsageError } from '../errors.js';
import { outputForm, parseArguments, rowLimit, timeRange, type OutputForm } from '../input/options.js';
import { printableJson } from '../output/escape.js';
import { printerFor } from '../output/printer.js';
import { terminalColumns } from '../output/rows.js';
import { isoTime } from '../output/time.js';
import { hopLabel, pathTree, type Hop, type Path } from '../output/tree.js';

/** `panorama trace PATH|IP:PORT` */
export async function runTrace(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArguments(argv, ['aggregator', 'limit', 'output', 'since', 'until']);
  const [subject, ...others] = positionals;
  if (subject === undefined || subject === '') throw new UsageError('a path or an endpoint as 10.0.0.2:22 is missing');
  if (others.length > 0) throw new UsageError('trace follows one path or endpoint: quote a path with spaces');
  const address = aggregatorAddress(values.aggregator);
  const form = outputForm(values.output);
  const request = { subject, limit: rowLimit(values.limit), ...timeRange(values.since, values.until) };

  const client = new QueryClient(address);
  try {
    const response = await client.trace(request);
    if ((response.paths ?? []).length === 0 && form === 'table') process.stderr.write('nothing found\n');
    process.stdout.write(traceText(response, form));
    return 0;
  } catch (error) {
    throw callError(error, address);
  } finally {
    client.close();
  }
}

function traceText(response: TraceResponse, form: OutputForm): string {
  const paths = response.paths ?? [];
  switch (form) {
    case 'table':
      return paths.map((path, index) => pathTree(path, index + 1)).join('\n');
    case 'json':
      return paths.map(pathJson).join('');
    case 'csv':
      return pathsCsv(paths);
  }
}

/** One object per way of the data. */
function pathJson(path: Path): string {
  const hops = (path.hops ?? []).map((hop) => ({
    kind: hopLabel(hop),
    host: hop.host ?? '',
    time: isoTime(toNumber(hop.time)) || null,
    text: hop.text ?? '',
    confidence: hop.confidence ?? 0,
    reason: hop.reason ?? '',
  }));
  return `${printableJson(JSON.stringify({ hops }))}\n`;
}

const csvColumns = [
  { name: 'path', type: 'integer', shown: true },
  { name: 'hop', type: 'integer', shown: true },
  { name: 'kind', type: 'string', shown: true },
  { name: 'host', type: 'string', shown: true },
  { name: 'time', type: 'time', shown: true },
  { name: 'text', type: 'string', shown: true },
  { name: 'confidence', type: 'decimal', shown: true },
  { name: 'reason', type: 'string', shown: true },
] as const;

/** One line per hop. */
function pathsCsv(paths: readonly Path[]): string {
  const printer = printerFor('csv', csvColumns, { columns: terminalColumns() });
  const lines = paths.flatMap((path, index) =>
    (path.hops ?? []).map((hop, place) => printer.row(hopValues(hop, index + 1, place + 1))),
  );
  return lines.join('') + printer.flush();
}

function hopValues(hop: Hop, path: number, place: number): readonly string[] {
  return [
    String(path),
    String(place),
    hopLabel(hop),
    hop.host ?? '',
    String(toNumber(hop.time)),
    hop.text ?? '',
    String(hop.confidence ?? 0),
    hop.reason ?? '',
  ];
}
