import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentProcess } from '../support/agent-process.js';
import { root } from '../support/files.js';
import { replayedLines } from '../support/replayed.js';
import { SshHosts } from '../support/ssh-hosts.js';
import { until } from '../support/until.js';
import { trimRecording, type Selection } from './trim-recording.js';

/*
 * Records every fixture of test/fixtures/recordings anew on the running kernel, with the lines
 * that come of it beside it:
 *
 *     node dist/test/tools/record-fixtures.js [QUIRK …]
 *
 * To be run, as root, whenever the record layouts change. What the lines say is to be compared by
 * hand with what the scripts below really do before it is committed.
 */

const target = join(root, 'test/fixtures/recordings');

interface Quirk {
  /** Bash, in a directory of its own; before the agent sees anything. */
  readonly before?: string;
  /** Bash, recorded with all that it starts. */
  readonly script: string;
}

const vim = 'vim -u NONE -i NONE -es';
const text = (file: string, lines = 2000): string => `seq ${lines} > ${file}`;
/** Another file system than that of the directory. */
const elsewhere = '/dev/shm/panorama-fixture';

const quirks: Readonly<Record<string, Quirk>> = {
  'p3-commands': {
    before: `${text('text')}; ${text('other', 1500)}; ${text('long', 500)}; ${text('old', 3)}`,
    script: `cat text
${vim} -c q text
touch new
${vim} -c 'normal ihello' -c wq made
rm old
split -b 500 long part-
zip -q both.zip text other
gzip -k text
mkdir directory
cd directory; unzip -q ../both.zip; cd ..
gzip -dc text.gz
mv other moved
cp text copied
mkdir empty
rmdir empty
rm -r directory`,
  },
  'links-and-sizes': { before: text('a', 100), script: 'ln a b; ln -s a l; truncate -s 5 a; chmod 600 a' },
  'shred-renames-before-it-removes': { before: text('secret'), script: 'shred -n 1 -u secret' },
  'gunzip-removes-its-input': { before: `${text('text')}; gzip text`, script: 'gunzip text.gz' },
  'gzip-several-files': {
    before: `${text('a')}; ${text('b')}; ${text('c')}`,
    script: 'gzip a b c; gzip -d a.gz b.gz c.gz',
  },
  'vim-edits-existing-file': {
    before: text('text', 10),
    script: `${vim} -c 'set writebackup' -c 'normal ihello' -c wq text`,
  },
  'zip-temporary-rename': {
    before: `${text('a')}; ${text('b')}`,
    // The agent looks at the first archive before the second one takes its place.
    script: 'zip -q z.zip a; sleep 0.2; zip -q z.zip b',
  },
  'unzip-replaces-files': {
    before: `${text('a')}; ${text('b')}; zip -q z.zip a b`,
    script: 'unzip -qo z.zip',
  },
  'sed-in-place': { before: text('text', 10), script: 'sed -i s/1/2/ text' },
  'move-across-file-systems': {
    before: `${text('a')}; : > empty; rm -rf ${elsewhere}; mkdir ${elsewhere}`,
    script: `mv a empty ${elsewhere}/`,
  },
  'copy-files-of-equal-size': { before: 'for i in a b c; do seq 100 > $i; done; mkdir d', script: 'cp a b c d/' },
  'tee-several-files': { before: text('a'), script: 'tee b c < a > /dev/null' },
  'shell-script-redirections': {
    before: `${text('in', 100)}; printf '%s\\n' '#!/bin/sh' 'echo first' 'sort -rn in' 'echo last >&2' > go.sh; chmod +x go.sh`,
    script: './go.sh > out 2> errors; echo more >> out; cat in out > both; cat < both > /dev/null',
  },
  'hostile-file-names': {
    script: `touch -- $'new\\nline' 'a space' 'back\\slash' $'\\xff\\xfe' $'\\xff\\xfd' $'\\e[31mred' 'comma,' 'gr\u00fc\u00df' '-> b:1'
cp 'a space' $'\\xff copy'
printf x > x; cp x 'a, b'
mv -- '-> b:1' 'x (+3 more)'`,
  },
};

const transfers: Readonly<Record<string, (there: string) => readonly string[]>> = {
  'scp-upload': (there) => ['here/f2.txt', `${there}/up.txt`],
  'scp-upload-old-protocol': (there) => ['-O', 'here/f2.txt', `${there}/up.txt`],
  'scp-download': (there) => [`${there}/f3.txt`, 'here/down.txt'],
};

/** Runs bash without any start-up file; resolves with its pid. */
async function bash(directory: string, script: string): Promise<number> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TERM: 'dumb', LC_ALL: 'C' };
  const child = spawn('bash', ['--norc', '--noprofile', '-c', script], { cwd: directory, env, stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`ended with ${String(code)}: ${script}`);
  return child.pid ?? 0;
}

/** Records what `act` does, cuts it down to the processes it names, and writes both fixtures. */
async function record(quirk: string, directory: string, act: () => Promise<Selection>): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'panorama-record-'));
  const whole = join(work, 'whole.rec');
  const agent = new AgentProcess(['--record', whole]);
  try {
    await agent.start();
    const selection = await act();
    // Everything that was done before is in the log when the line of this is.
    await bash(directory, 'touch marker');
    await until('the marker is in the log', () =>
      agent.lines().some(({ text: line }) => line.includes(`${directory}/marker:`)),
    );
    await agent.stop();
    const recording = join(target, `${quirk}.rec`);
    const family = trimRecording(whole, recording, selection);
    const lines = replayedLines(recording);
    const live = agent.lines().filter(({ pid }) => family.has(pid));
    compare(
      quirk,
      lines,
      live.map(({ ppid, pid, user, text: line }) => `${ppid} ${pid} ${user} ${line}`),
    );
    writeFileSync(join(target, `${quirk}.lines`), lines.map((line) => `${line}\n`).join(''));
    console.log(`${quirk}: ${lines.length} lines`);
  } finally {
    await agent.dispose();
    rmSync(work, { recursive: true, force: true });
  }
}

/** A fixture that tells something else than the agent did is worth nothing. */
function compare(quirk: string, replayed: readonly string[], live: readonly string[]): void {
  const wanted = [...live].sort().join('\n');
  const found = [...replayed].sort().join('\n');
  if (wanted !== found)
    throw new Error(`${quirk}: the agent wrote\n${wanted}\nbut its trimmed recording gives\n${found}`);
}

async function recordQuirk(quirk: string, { before = ':', script }: Quirk): Promise<void> {
  // Always the same name: it is in the fixtures.
  const directory = join(tmpdir(), 'panorama-fixture');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  try {
    await bash(directory, before);
    await record(quirk, directory, async () => ({ tgids: [await bash(directory, script)] }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

async function recordTransfer(quirk: string, hosts: SshHosts, args: readonly string[]): Promise<void> {
  await record(quirk, hosts.directory, async () => {
    const { pid } = await hosts.run('scp', [...hosts.options, ...args]);
    return { tgids: [pid], acceptsOn: hosts.remote };
  });
}

async function main(chosen: readonly string[]): Promise<void> {
  const isChosen = (quirk: string): boolean => chosen.length === 0 || chosen.includes(quirk);
  for (const [quirk, description] of Object.entries(quirks)) {
    if (isChosen(quirk)) await recordQuirk(quirk, description);
  }
  for (const [quirk, argumentsOf] of Object.entries(transfers)) {
    if (!isChosen(quirk)) continue;
    const hosts = new SshHosts(9);
    try {
      await hosts.start();
      await bash(hosts.directory, `mkdir here there; ${text('here/f2.txt')}; ${text('there/f3.txt', 3000)}`);
      await recordTransfer(quirk, hosts, argumentsOf(`root@${hosts.remote}:${hosts.directory}/there`));
    } finally {
      await hosts.stop();
    }
  }
}

await main(process.argv.slice(2));
