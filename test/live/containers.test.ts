import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryAggregator } from '../e2e/aggregator.js';
import { jsonRows, panorama } from '../e2e/command.js';
import { AgentProcess } from '../support/agent-process.js';
import { until } from '../support/until.js';

/*
 * What containers are made of, each by itself: namespaces, control groups, a root directory on an overlay. A container
 * engine does no more than that.
 */

const someone = 12_345;
const containerId = '5f'.repeat(32);

const top = mkdtempSync(join(tmpdir(), 'panorama-containers-'));
const { aggregator, remove } = await temporaryAggregator();
await aggregator.start();
const agent = new AgentProcess(['--aggregator', aggregator.address]);
let directories = 0;

/** Anybody may write there. */
function workPlace(): string {
  directories += 1;
  const directory = join(top, String(directories));
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  writeFileSync(join(directory, 'in'), 'some text\n'.repeat(50));
  return directory;
}

const earlyPlace = workPlace();

type Row = Readonly<Record<string, unknown>>;

/** The one behaviour about `path` that is stored. */
async function stored(path: string, operation: string): Promise<Row> {
  let rows: readonly Row[] = [];
  await until('it is stored', async () => {
    const filter = `path:"${path}" operation=${operation}`;
    const { code, stdout, stderr } = await panorama(aggregator.address, ['search', filter, '-o', 'json']);
    assert.equal(code, 0, stderr);
    rows = jsonRows(stdout);
    return rows.length > 0;
  });
  const [row, ...others] = rows;
  assert.ok(row !== undefined && others.length === 0, `${rows.length} rows`);
  return row;
}

function namespaceOf(process: number | 'self', name: string): number {
  return Number(/\d+/.exec(readlinkSync(`/proc/${process}/ns/${name}`))?.[0]);
}

function inode(path: string): number {
  return statSync(path).ino;
}

/** Lines that name `directory`, in the order of the log. */
async function linesAbout(directory: string): Promise<readonly string[]> {
  const marker = join(workPlace(), 'done');
  execFileSync('touch', [marker]);
  await until('what came before is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}:`)));
  return agent.lines().flatMap(({ text }) => (text.includes(directory) ? [text] : []));
}

/** Control groups of the unified hierarchy and of a version 1 controller, whichever are mounted. */
function controlGroups(): readonly string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, place = '', kind = '', options = '']) =>
      kind === 'cgroup2' || (kind === 'cgroup' && options.split(',').includes('pids')) ? [place] : [],
    );
}

/** A root file system with one program. */
function makeRoot(directory: string): void {
  const copy = (file: string): void => {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    copyFileSync(file, join(directory, file));
  };
  for (const name of ['etc', 'srv']) mkdirSync(join(directory, name), { recursive: true });
  copy('/bin/busybox');
  chmodSync(join(directory, 'bin/busybox'), 0o755);
  const { stdout } = spawnSync('ldd', ['/bin/busybox'], { encoding: 'utf8' });
  for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) copy(library);
  writeFileSync(join(directory, 'etc/passwd'), 'boss:x:0:0::/root:/bin/sh\n');
  writeFileSync(join(directory, 'etc/settings'), 'colour = blue\n'.repeat(20));
  writeFileSync(join(directory, 'etc/remarks'), 'a remark\n'.repeat(30));
  writeFileSync(join(directory, 'etc/refuse'), 'of no use\n');
}

before(async () => {
  spawn(
    'unshare',
    ['--pid', '--fork', '--mount-proc', 'sh', '-c', 'touch ready; while ! [ -e go ]; do sleep 0.05; done; cp in out'],
    { cwd: earlyPlace, stdio: 'ignore' },
  );
  await until('the early container runs', () => existsSync(join(earlyPlace, 'ready')));
  await agent.start();
});

after(async () => {
  assert.equal(await agent.stop(), 0);
  await agent.dispose();
  await remove();
  rmSync(top, { recursive: true, force: true });
});

describe('a process in a container', { concurrency: false }, () => {
  test('that was there before the agent', async () => {
    writeFileSync(join(earlyPlace, 'go'), '');
    const out = join(earlyPlace, 'out');
    const row = await stored(out, 'copy');
    assert.notEqual(row['container_pid'], row['pid']);
    assert.notEqual(row['pid_namespace'], namespaceOf('self', 'pid'));
    assert.equal(row['user_namespace'], namespaceOf('self', 'user'));
    assert.deepEqual(
      (await linesAbout(earlyPlace)).filter((line) => line.startsWith('cp ')),
      [`cp copy ${join(earlyPlace, 'in')}:${inode(join(earlyPlace, 'in'))} -> ${out}:${inode(out)}`],
    );
  });

  test('with a user namespace is root inside, and whoever it is on the host', async () => {
    const directory = workPlace();
    const identity = [`--reuid=${someone}`, `--regid=${someone}`, '--clear-groups'];
    const namespaces = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
    execFileSync('setpriv', [...identity, 'unshare', ...namespaces, 'cp', 'in', 'out'], { cwd: directory });
    const out = join(directory, 'out');
    const row = await stored(out, 'copy');
    assert.deepEqual(
      [row['uid'], row['user'], row['container_uid'], row['container_pid']],
      [someone, String(someone), 0, 1],
    );
    for (const name of ['user', 'pid']) {
      assert.notEqual(row[`${name}_namespace`], namespaceOf('self', name), name);
      assert.notEqual(row[`${name}_namespace`], 0, name);
    }
    assert.equal(row['network_namespace'], namespaceOf('self', 'net'));
    const line = agent.lines().find(({ text }) => text.includes(`${out}:`));
    assert.equal(line?.user, String(someone));
  });

  for (const [index, place] of controlGroups().entries()) {
    for (const name of [`system.slice/docker-${containerId}.scope`, `docker/${containerId}`]) {
      test(`has the container id of its control group ${name}, hierarchy ${index + 1}`, async () => {
        const directory = workPlace();
        const group = join(place, name);
        mkdirSync(group, { recursive: true });
        try {
          execFileSync('sh', ['-c', `echo $$ > ${group}/cgroup.procs; cp in out`], { cwd: directory });
          const row = await stored(join(directory, 'out'), 'copy');
          assert.equal(row['container_id'], containerId);
        } finally {
          rmdirSync(group);
        }
      });
    }
  }

  test('has the network namespace that it was put into', async () => {
    const name = `panorama${process.pid}`;
    const directory = workPlace();
    execFileSync('ip', ['netns', 'add', name]);
    try {
      execFileSync('ip', ['netns', 'exec', name, 'cp', 'in', 'out'], { cwd: directory });
      const row = await stored(join(directory, 'out'), 'copy');
      assert.equal(row['network_namespace'], inode(`/run/netns/${name}`));
    } finally {
      execFileSync('ip', ['netns', 'delete', name]);
    }
  });
});

describe('a container on an overlay', { concurrency: false }, () => {
  const place = workPlace();
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(place, name));
  assert.ok(lower !== undefined && upper !== undefined && work !== undefined && merged !== undefined);

  before(() => {
    for (const directory of [lower, upper, work, merged]) mkdirSync(directory);
    chownSync(place, 0, 0);
    makeRoot(lower);
    execFileSync('mount', [
      '-t',
      'overlay',
      'overlay',
      '-o',
      `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
      merged,
    ]);
  });

  after(() => {
    execFileSync('umount', [merged]);
  });

  /** A command of busybox with `merged` for its root directory; its lines. */
  async function inside(command: string): Promise<readonly string[]> {
    const script = `exec /bin/busybox chroot ${merged} /bin/busybox sh -c '${command}; echo $$ > /srv/shell'`;
    rmSync(join(merged ?? '', 'srv/shell'), { force: true });
    // No pipe: whoever shares one is told of together, when all are done.
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script], { stdio: 'ignore' });
    await until('the shell has ended', () => existsSync(join(merged ?? '', 'srv/shell')));
    const marker = join(workPlace(), 'done');
    execFileSync('touch', [marker]);
    await until('what came before is in the log', () => agent.lines().some(({ text }) => text.includes(`${marker}:`)));
    const lines = agent.lines();
    const last = lines.findLastIndex(({ text }) => text.includes('/srv/shell:') && text.startsWith('busybox '));
    const shell = lines[last];
    return lines
      .filter(({ ppid, pid }) => ppid === shell?.pid || pid === shell?.pid)
      .flatMap(({ text }) => (text.includes('/srv/shell:') ? [] : [text]));
  }

  /** `{a}`: path inside and inode of the file. */
  function resolved(line: string, inodes: Readonly<Record<string, number>> = {}): string {
    return line.replaceAll(/\{(.+?)\}/g, (_, path: string) => {
      const known = inodes[path] ?? inode(join(merged ?? '', path));
      return `${path}:${known}`;
    });
  }

  test('reads a file of its image', async () => {
    assert.deepEqual(await inside('/bin/busybox cat /etc/settings'), [resolved('busybox read {/etc/settings}')]);
  });

  test('copies one: the paths are those inside, and the aggregator knows where the host has them', async () => {
    assert.deepEqual(await inside('/bin/busybox cp /etc/settings /srv/copy; /bin/busybox sleep 1'), [
      resolved('busybox copy {/etc/settings} -> {/srv/copy}'),
    ]);
    const row = await stored('/srv/copy', 'copy');
    assert.deepEqual([row['container_root'], row['container_user'], row['user']], [merged, 'boss', 'root']);
  });

  test('changes one: that it is copied up first is no line of its own', async () => {
    assert.deepEqual(await inside('echo more >> /etc/settings'), [resolved('busybox write {/etc/settings}')]);
    assert.ok(existsSync(join(upper, 'etc/settings')), 'it was copied up');
  });

  test('edits one in place', async () => {
    assert.deepEqual(await inside('/bin/busybox sed -i s/a/b/ /etc/remarks'), [
      resolved('busybox write {/etc/remarks}'),
    ]);
  });

  // The container lives on, as they do: what the kernel does not tell of a name is looked up in there.
  test('renames and removes', async () => {
    const refuse = inode(join(merged, 'etc/refuse'));
    assert.deepEqual(
      await inside('/bin/busybox mv /etc/refuse /srv/refuse; /bin/busybox sleep 1; /bin/busybox rm /srv/refuse'),
      [
        resolved('busybox rename {/etc/refuse} -> {/srv/refuse}', { '/etc/refuse': refuse, '/srv/refuse': refuse }),
        resolved('busybox remove {/srv/refuse}', { '/srv/refuse': refuse }),
      ],
    );
  });

  test('makes and removes a directory', async () => {
    const lines = await inside('/bin/busybox mkdir /srv/d; /bin/busybox rmdir /srv/d');
    assert.deepEqual(
      lines.map((line) => line.replace(/:\d+$/, '')),
      ['busybox mkdir /srv/d', 'busybox rmdir /srv/d'],
    );
  });

  test('nothing tells of what the overlay is made of', async () => {
    const lines = await linesAbout(place);
    assert.deepEqual(
      lines.filter(
        (line) => [lower, upper, work].some((part) => line.includes(`${part}/`)) && !line.startsWith('node '),
      ),
      [],
    );
  });
});
