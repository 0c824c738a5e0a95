import type { Row } from '../row.js';
import { nameOf } from './name.js';

const file = 'seq 50000 > s';
const tree = 'mkdir d o; seq 9000 > d/x; seq 8000 > d/y';
const python = '/usr/bin/python3';
const host = '127.0.0.1';

/** `command` and `expected` have PORT where the port of the server is to be. */
interface Transfer {
  readonly command: string;
  readonly client: string;
  readonly server: string;
  readonly expected: readonly string[];
  readonly setup: string;
}

function transfer(
  command: string,
  client: string,
  server: string,
  expected: readonly string[],
  setup = file,
): Transfer {
  return { command, client, server, expected, setup };
}

/** A web server of what is in w, which goes when the client is done. */
function served(client: string): string {
  return `${python} -m http.server -b ${host} -d w PORT 2>/dev/null & listening; ${client}; kill $!; wait; true`;
}
const web = 'mkdir w o; seq 9000 > w/s; tar czf w/s.tgz -C w s';

/** A web server that writes what it is sent to t. */
const receiver = `"$NODE" -e 'http.createServer((q, r) => q.pipe(fs.createWriteStream("t")).on("close", () => { r.end(); process.exit(); })).listen(PORT, "${host}")' & listening`;

/** Files that go over a connection: each of the two programs has its end, and its file. */
const all: readonly Transfer[] = [
  transfer(`nc -l ${host} PORT > t & listening; nc -N ${host} PORT < s; wait`, 'nc', 'nc', [
    'nc read {s}',
    'nc create {t}',
  ]),
  transfer(`busybox nc -l -p PORT > t & listening; busybox nc ${host} PORT < s; wait`, 'busybox', 'busybox', [
    'busybox read {s}',
    'busybox create {t}',
  ]),
  transfer(`nc -l ${host} PORT > t & listening; cat s | nc -N ${host} PORT; wait`, 'nc', 'nc', [
    `nc upload {s} -> ${host}:PORT`,
    'nc create {t}',
  ]),
  transfer(`nc -l ${host} PORT | gzip -d > t & listening; gzip -c s | nc -N ${host} PORT; wait`, 'nc', 'nc', [
    `nc upload {s} -> ${host}:PORT`,
    `gzip download ${host}:* -> {t}`,
  ]),
  transfer(
    `nc -l ${host} PORT > t.tar & listening; tar c d | nc -N ${host} PORT; wait`,
    'nc',
    'nc',
    [`nc upload {d/x},{d/y} -> ${host}:PORT`, 'nc create {t.tar}'],
    tree,
  ),
  transfer(
    `nc -l ${host} PORT | tar x -C o & listening; tar cz d | gzip -d | nc -N ${host} PORT; wait`,
    'nc',
    'nc',
    [`nc upload {d/x},{d/y} -> ${host}:PORT`, 'tar mkdir {o/d}', `tar download ${host}:* -> {o/d/x},{o/d/y}`],
    tree,
  ),
  transfer(
    `socat -u TCP-LISTEN:PORT,bind=${host},reuseaddr OPEN:t,creat & listening; socat -u OPEN:s TCP:${host}:PORT; wait`,
    'socat',
    'socat',
    ['socat read {s}', 'socat create {t}'],
  ),
  transfer(
    `socat -U TCP-LISTEN:PORT,bind=${host},reuseaddr OPEN:s,rdonly & listening; socat -u TCP:${host}:PORT - | gzip > t.gz; wait`,
    'socat',
    'socat',
    ['socat read {s}', `gzip download ${host}:PORT -> {t.gz}`],
  ),
  transfer(`nc -l ${host} PORT > t & listening; cat s > /dev/tcp/${host}/PORT; wait`, 'bash', 'nc', [
    'cat read {s}',
    'nc create {t}',
  ]),
  transfer(
    served(`curl -s -o t http://${host}:PORT/s`),
    'curl',
    'python3',
    ['python3 read {w/s}', 'curl create {t}'],
    web,
  ),
  transfer(
    served(`curl -s http://${host}:PORT/s > t`),
    'curl',
    'python3',
    ['python3 read {w/s}', 'curl create {t}'],
    web,
  ),
  transfer(
    served(`wget -q -O t http://${host}:PORT/s`),
    'wget',
    'python3',
    ['python3 read {w/s}', 'wget create {t}'],
    web,
  ),
  transfer(
    served(`busybox wget -q -O t http://${host}:PORT/s`),
    'busybox',
    'python3',
    ['python3 read {w/s}', 'busybox create {t}'],
    web,
  ),
  transfer(
    served(`curl -s -o t.tgz http://${host}:PORT/s.tgz`),
    'curl',
    'python3',
    ['python3 read {w/s.tgz}', 'curl create {t.tgz}'],
    web,
  ),
  transfer(
    served(`curl -s http://${host}:PORT/s.tgz | tar xz -C o`),
    'curl',
    'python3',
    ['python3 read {w/s.tgz}', `tar download ${host}:PORT -> {o/s}`],
    web,
  ),
  transfer(
    served(`wget -q -O - http://${host}:PORT/s | sort -r | gzip > t.gz`),
    'wget',
    'python3',
    ['python3 read {w/s}', `gzip download ${host}:PORT -> {t.gz}`],
    web,
  ),
  transfer(
    served(`${python} -c 'import urllib.request as u; u.urlretrieve("http://${host}:PORT/s", "t")'`),
    'python3',
    'python3',
    ['python3 read {w/s}', 'python3 create {t}'],
    web,
  ),
  transfer(`${receiver}; curl -s -T s http://${host}:PORT/; wait`, 'curl', 'node', [
    'curl read {s}',
    'node create {t}',
  ]),
  transfer(`${receiver}; curl -s --data-binary @s http://${host}:PORT/; wait`, 'curl', 'node', [
    'curl read {s}',
    'node create {t}',
  ]),
  transfer(`${receiver}; gzip -c s | curl -s -T - http://${host}:PORT/; wait`, 'curl', 'node', [
    `curl upload {s} -> ${host}:PORT`,
    'node create {t}',
  ]),
  transfer(
    `rsync --daemon --no-detach --address=${host} --port=PORT --config=c & listening; rsync s rsync://${host}:PORT/m/t; kill $!; wait; true`,
    'rsync',
    'rsync',
    ['rsync read {c}', 'rsync read {c}', 'rsync read {s}', 'rsync create {t}'],
    `${file}; printf 'use chroot=no\\nuid=root\\ngid=root\\n[m]\\npath=%s\\nread only=no\\n' "$PWD" > c`,
  ),
  transfer(
    `${python} -c 'import socket; l = socket.create_server(("${host}", PORT)); c, _ = l.accept(); open("t", "wb").write(c.makefile("rb").read())' & listening; ${python} -c 'import socket; socket.create_connection(("${host}", PORT)).sendfile(open("s", "rb"))'; wait`,
    'python3',
    'python3',
    ['python3 read {s}', 'python3 create {t}'],
  ),
];

/** Below those that the kernel gives to who connects; another run beside this one has others. */
const firstPort = 20_000 + (process.pid % 200) * 50;

/** Files that go over a connection: each of the two programs has its end, and its file. */
export const transfers: readonly Row[] = all.map(({ command, client, server, expected, setup }, at) => {
  const port = firstPort + at;
  const inPort = (text: string): string => text.replaceAll('PORT', String(port));
  return {
    name: nameOf(command, setup),
    behaviour: 'transfer',
    setup,
    command: `${waiting(port)}\n${inPort(command)}`,
    expected: [
      `${client} connect-by ${host}:*`,
      `${client} connect ${host}:${port}`,
      `${server} accept-by ${host}:*`,
      `${server} accept ${host}:${port}`,
      ...expected.map(inPort),
    ],
  };
});

/** A function that returns when the server listens. */
function waiting(port: number): string {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  return `listening() { until grep -Eqs ': [0-9A-F]+:${local} [0-9A-F]+:0000 0A' /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done; }`;
}
