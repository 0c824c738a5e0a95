import { panorama } from '#proto';
import { toNumber } from '../../proto/integer.js';
import { printable } from './escape.js';
import { localTime } from './time.js';

export type Hop = panorama.v1.TraceHop.$Properties;
export type Path = panorama.v1.TracePath.$Properties;

const labels: Readonly<Record<panorama.v1.HopKind, string>> = {
  [panorama.v1.HopKind.HOP_KIND_UNSPECIFIED]: '',
  [panorama.v1.HopKind.HOP_KIND_FILE]: 'file',
  [panorama.v1.HopKind.HOP_KIND_PROCESS]: 'process',
  [panorama.v1.HopKind.HOP_KIND_CONNECTION]: 'connection',
  [panorama.v1.HopKind.HOP_KIND_FLOW]: 'flow',
};

/** `file`, `process`, `connection` or `flow`. */
export function hopLabel(hop: Hop): string {
  return labels[hop.kind ?? panorama.v1.HopKind.HOP_KIND_UNSPECIFIED];
}

/** One way of the data for people: its hops below the host, or the interface, that they happened on. */
export function pathTree(path: Path, number: number): string {
  const hops = path.hops ?? [];
  const lines = [`${number}. ${title(hops)}`];
  let place: string | null = null;
  for (const hop of hops) {
    const next = placeOf(hop);
    if (next !== place) lines.push(`   ${next}`);
    place = next;
    lines.push(...hopLines(hop));
  }
  return `${lines.join('\n')}\n`;
}

function title(hops: readonly Hop[]): string {
  // A capture window begins before what it captured.
  const seen = hops.filter((hop) => hopLabel(hop) !== 'flow');
  const hosts = seen.map(hostName);
  const [first = '?'] = hosts;
  const last = hosts.at(-1) ?? '?';
  const time = Math.min(...seen.map((hop) => toNumber(hop.time)).filter((moment) => moment > 0));
  const way = hosts.every((host) => host === first) ? `on ${first}` : `from ${first} to ${last}`;
  return `${way}${Number.isFinite(time) ? `, ${localTime(time)}` : ''}`;
}

/** Of a host without an agent the address, which is what its hop names. */
function hostName(hop: Hop): string {
  const host = hop.host ?? '';
  return printable(host === '' ? (hop.text ?? '').replace(/^unknown process at /, '') : host);
}

function placeOf(hop: Hop): string {
  const host = printable(hop.host ?? '');
  if (hopLabel(hop) === 'flow') return host === '' ? 'network' : `network, interface ${host}`;
  return host === '' ? 'host without an agent' : host;
}

function hopLines(hop: Hop): readonly string[] {
  const time = toNumber(hop.time);
  const clock = time === 0 ? '' : `, at ${localTime(time).slice(11)}`;
  const line = `     ${hopLabel(hop).padEnd(10)}  ${printable(hop.text ?? '')}${clock}`;
  const reason = printable(hop.reason ?? '');
  if (reason === '') return [line];
  const confidence = hop.confidence ?? 0;
  const sure = confidence >= 1 ? '' : `${Math.round(confidence * 100)} %: `;
  return [line, `                 ${sure}${reason}`];
}
