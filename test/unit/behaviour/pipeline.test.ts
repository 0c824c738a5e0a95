// long: the ways of data through processes, each with all that take part
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileBehaviour } from '../../../agent/behaviour/behaviour.js';
import { fileFact } from '../../../agent/kernel/generated/layout.js';
import { DEVICE, Scenario, SETTLE, pipe, reversed, tuple, type Actions } from '../../support/scenario.js';
import { hostIsolation } from '../../support/isolation.js';

const OUT = tuple();
const IN = reversed(OUT);
const SOCKET = 900;
const [FIRST, SECOND, THIRD] = [71, 72, 73];

/** A shell that starts programs beside each other. */
function shell(ignoredReads: readonly string[] = []): { readonly scenario: Scenario; readonly bash: Actions } {
  const scenario = new Scenario(ignoredReads);
  return { scenario, bash: scenario.program('bash') };
}

/** Reads a file and gives what it read to a pipe. */
function cat(bash: Actions, tgid: number, into: number, bytes: number, given = bytes): Actions {
  const process = bash.forks(tgid).exec({ comm: 'cat', stdout: pipe(into) });
  return process.passes({ written: given }).reads('/w/s', 11, bytes);
}

function ends(process: Actions, from: number, taken: number): void {
  process.exits({ stdin: pipe(from, taken) });
}

/** Lines from COMM on. */
function lines(scenario: Scenario): readonly string[] {
  return scenario.lines().map((line) => line.split(' ').slice(3).join(' '));
}

function only(scenario: Scenario): FileBehaviour {
  const found = scenario.behaviours.filter(({ kind }) => kind === 'file');
  assert.equal(found.length, 1);
  const [behaviour] = found;
  assert.ok(behaviour?.kind === 'file');
  return behaviour;
}

const endpoints = ['connect-by 10.0.0.1:43716', 'connect 10.0.0.2:22'];

function connected(comm: string): readonly string[] {
  return endpoints.map((line) => `${comm} ${line}`);
}

describe('files to files', () => {
  test('what the first read is what the last wrote', () => {
    const { scenario, bash } = shell();
    const first = cat(bash, 301, FIRST, 100);
    const sort = bash.forks(302).exec({ comm: 'sed', stdin: pipe(FIRST) });
    first.exits();
    sort.passes({ read: 100 }).makes('/w/t', 12, 90);
    ends(sort, FIRST, 100);
    assert.deepEqual(lines(scenario), ['sed create /w/s:11 -> /w/t:12']);
    const { sources, destinations, pipeline } = only(scenario);
    assert.deepEqual([sources[0]?.bytes, destinations[0]?.bytes], [100, 90]);
    assert.deepEqual(
      pipeline?.map(({ image }) => image.comm),
      ['cat', 'sed'],
    );
  });

  test('one that a shell started before it became another program is beside that: tee >(gzip)', () => {
    const { scenario, bash } = shell();
    const tee = bash.forks(301);
    const gzip = tee.forks(302).exec({ comm: 'gzip', stdin: pipe(FIRST) });
    tee.exec({ comm: 'tee' }).passes({ written: 100 }).reads('/w/s', 11, 100);
    tee.closesEnd(63, pipe(FIRST), 'write').exits();
    gzip.passes({ read: 100 }).makes('/w/t', 12, 70);
    ends(gzip, FIRST, 100);
    assert.deepEqual(lines(scenario), ['gzip create /w/s:11 -> /w/t:12']);
  });

  test('a shell that closes its copy of an end when the child is waited for did not write to it: diff <(sort a)', () => {
    const { scenario, bash } = shell();
    const cut = cat(bash, 301, FIRST, 100);
    cut.closesEnd(1, pipe(FIRST), 'write').exits();
    // The kernel adds it when the shell waits for it.
    bash.passes({ read: 100, written: 100 }).closesEnd(4, pipe(FIRST), 'write');
    const diff = bash.forks(302).exec({ comm: 'diff' }).passes({ read: 100 });
    diff.closesEnd(3, pipe(FIRST), 'read').makes('/w/t', 12, 10).exits();
    bash.closesEnd(63, pipe(FIRST), 'read');
    assert.deepEqual(lines(scenario), ['diff create /w/s:11 -> /w/t:12']);
  });

  test('a helper below a shell is as old as the shell: tar starts `sh -c gzip`, and reads before that forks', () => {
    const { scenario, bash } = shell();
    scenario.content.add(DEVICE, 12, 'archive');
    const tar = bash.forks(301).exec({ comm: 'tar' });
    const sh = tar.forks(302).exec({ comm: 'sh', stdin: pipe(FIRST) });
    tar.passes({ written: 10_240 }).reads('/w/s', 11, 100).closesEnd(4, pipe(FIRST), 'write');
    const gzip = sh.forks(303).exec({ comm: 'gzip', stdin: pipe(FIRST) });
    gzip.passes({ read: 10_240 }).makes('/w/t', 12, 70);
    ends(gzip, FIRST, 10_240);
    sh.exits();
    tar.exits();
    assert.deepEqual(lines(scenario), ['tar compress /w/s:11 -> /w/t:12']);
  });

  test('a helper that a program started for its own work is that program: gzip for tar cz', () => {
    const { scenario, bash } = shell();
    scenario.content.add(DEVICE, 12, 'archive');
    const tar = bash.forks(301).exec({ comm: 'tar' });
    const gzip = tar.forks(302).exec({ comm: 'gzip', stdin: pipe(FIRST) });
    tar.passes({ written: 10_240 }).reads('/w/s', 11, 100);
    tar.closesEnd(4, pipe(FIRST), 'write');
    gzip.passes({ read: 10_240 }).makes('/w/t', 12, 70);
    ends(gzip, FIRST, 10_240);
    tar.exits();
    assert.deepEqual(lines(scenario), ['tar compress /w/s:11 -> /w/t:12']);
  });

  test('what follows an archive byte for byte is the rest of it: cat z.* | tar xz', () => {
    const { scenario, bash } = shell();
    scenario.content.add(DEVICE, 21, 'archive');
    scenario.content.add(DEVICE, 22, 'other');
    scenario.content.add(DEVICE, 23, 'other');
    const first = bash.forks(301).exec({ comm: 'cat', stdout: pipe(FIRST) });
    first.passes({ written: 500 }).reads('/w/z.a', 21, 500).passes({ written: 200 }).reads('/w/z.b', 22, 200);
    const tar = bash.forks(302).exec({ comm: 'tar', stdin: pipe(FIRST) });
    first.exits();
    tar.passes({ read: 700 }).makes('/w/t', 23, 9000);
    ends(tar, FIRST, 700);
    assert.deepEqual(lines(scenario), ['tar extract /w/z.a:21,/w/z.b:22 -> /w/t:23']);
  });

  test('messages join nobody: stderr', () => {
    const { scenario, bash } = shell();
    const make = bash.forks(301).exec({ comm: 'make' }).passes({ written: 50 }).reads('/w/s', 11, 100);
    make.closesEnd(2, pipe(FIRST), 'write').exits();
    assert.deepEqual(lines(scenario), ['make read /w/s:11']);
  });
});

test('pipes beyond the most that are remembered are forgotten and counted', () => {
  const { scenario, bash } = shell();
  for (let at = 0; at < 8200; at++) bash.forks(1000 + at).exec({ comm: 'sleep', stdout: pipe(100_000 + at) });
  assert.equal(scenario.streamsForgotten.value, 8);
});

describe('over a connection', () => {
  function ssh(bash: Actions, from: number): Actions {
    return bash
      .forks(309)
      .exec({ comm: 'ssh', stdin: pipe(from) })
      .socket('connect', SOCKET, OUT);
  }

  test('files that went into it are an upload of the stage that holds it', () => {
    const { scenario, bash } = shell();
    const first = cat(bash, 301, FIRST, 100_000);
    const gzip = bash.forks(302).exec({ comm: 'gzip', stdin: pipe(FIRST), stdout: pipe(SECOND) });
    const last = ssh(bash, SECOND);
    first.exits();
    ends(gzip.passes({ read: 100_000, written: 40_000 }), FIRST, 100_000);
    last.passes({ read: 40_000, written: 43_000 });
    last.traffic('socket-close', SOCKET, OUT, { bytesSent: 43_001, bytesReceived: 3000 });
    ends(last, SECOND, 40_000);
    assert.deepEqual(lines(scenario), [...connected('ssh'), 'ssh upload /w/s:11 -> 10.0.0.2:22']);
    const { connectionId, pipeline, process } = only(scenario);
    assert.equal(connectionId, scenario.published[0]?.connectionId);
    assert.equal(process.tgid, 309, 'as in the lines of the connection');
    assert.deepEqual(
      pipeline?.map(({ image }) => image.comm),
      ['cat', 'gzip', 'ssh'],
    );
  });

  test('what came over it and went into files is a download of the stage that wrote them', () => {
    const { scenario, bash } = shell();
    const curl = bash
      .forks(301)
      .exec({ comm: 'curl', stdout: pipe(FIRST) })
      .socket('connect', SOCKET, OUT);
    const tar = bash.forks(302).exec({ comm: 'tar', stdin: pipe(FIRST) });
    curl.passes({ written: 5000 });
    curl.traffic('socket-close', SOCKET, OUT, { bytesSent: 80, bytesReceived: 5200 }).exits();
    tar.passes({ read: 5000 }).makes('/w/t', 12, 9000);
    ends(tar, FIRST, 5000);
    assert.deepEqual(lines(scenario), [...connected('curl'), 'tar download 10.0.0.2:22 -> /w/t:12']);
    assert.equal(only(scenario).connectionId, scenario.published[0]?.connectionId);
  });

  test('who duplicates its stdout, and closes the first of them early, still writes to it (ssh)', () => {
    const { scenario, bash } = shell();
    const first = bash
      .forks(301)
      .exec({ comm: 'ssh', stdout: pipe(FIRST) })
      .socket('connect', SOCKET, OUT);
    first.reads('/w/known_hosts', 15, 90).passes({ written: 3000 }).closesEnd(1, pipe(FIRST), 'write');
    first.passes({ written: 200_000 });
    first.traffic('socket-close', SOCKET, OUT, { bytesSent: 3001, bytesReceived: 201_000 });
    first.exits();
    const gzip = bash.forks(302).exec({ comm: 'gzip', stdin: pipe(FIRST) });
    gzip.passes({ read: 200_000 }).makes('/w/t', 12, 50_000);
    ends(gzip, FIRST, 200_000);
    assert.deepEqual(lines(scenario), [
      ...connected('ssh'),
      'ssh read /w/known_hosts:15',
      'gzip download 10.0.0.2:22 -> /w/t:12',
    ]);
  });

  test('what a program got from the helper that lends it the connection is its own (P2)', () => {
    const { scenario, bash } = shell();
    const scp = bash.forks(301).exec({ comm: 'scp' });
    const helper = scp.forks(302).exec({ comm: 'ssh', stdout: pipe(FIRST) });
    helper.socket('connect', SOCKET, OUT, { servesParent: true }).passes({ written: 5000 });
    scp.passes({ read: 5000 });
    scp.file({ path: '/w/t', inode: 12, written: 4000, facts: fileFact.FILE_CREATED });
    scp.closesEnd(5, pipe(FIRST), 'read');
    helper.traffic('socket-close', SOCKET, OUT, { bytesSent: 2001, bytesReceived: 6000 }).exits();
    scp.exits();
    assert.deepEqual(lines(scenario), [...connected('scp'), 'scp create /w/t:12']);
    assert.equal(only(scenario).connectionId, scenario.published[0]?.connectionId);
  });

  test('settings that a program read before there was a helper did not go through it (git and its ssh)', () => {
    const { scenario, bash } = shell();
    const git = bash.forks(301).exec({ comm: 'git' }).reads('/w/.git/config', 11, 300).reads('/w/.git/HEAD', 12, 20);
    // A shell in between: the connection is not lifted.
    const between = git.forks(302).exec({ comm: 'sh', stdin: pipe(FIRST) });
    const last = between
      .forks(303)
      .exec({ comm: 'ssh', stdin: pipe(FIRST) })
      .socket('connect', SOCKET, OUT);
    git.passes({ written: 900 }).closesEnd(6, pipe(FIRST), 'write');
    last.passes({ read: 900, written: 4000 });
    last.traffic('socket-close', SOCKET, OUT, { bytesSent: 4001, bytesReceived: 3000 });
    ends(last, FIRST, 900);
    ends(between, FIRST, 900);
    git.exits();
    assert.deepEqual(lines(scenario), [...connected('ssh'), 'git read /w/.git/config:11', 'git read /w/.git/HEAD:12']);
  });

  test('what gives far more than it read, and is no archive, read settings (git pack-objects, mysqldump)', () => {
    const { scenario, bash } = shell();
    const dump = cat(bash, 301, FIRST, 400, 1_000_000);
    const last = ssh(bash, FIRST);
    dump.exits();
    last.passes({ read: 1_000_000, written: 1_010_000 });
    last.traffic('socket-close', SOCKET, OUT, { bytesSent: 1_010_001, bytesReceived: 3000 });
    ends(last, FIRST, 1_000_000);
    assert.deepEqual(lines(scenario), [...connected('ssh'), 'cat read /w/s:11']);
  });

  test('processes in a ring: what comes to the program that started both goes on to its other helper', () => {
    const { scenario, bash } = shell();
    const git = bash.forks(301).exec({ comm: 'git' });
    const between = git.forks(302).exec({ comm: 'sh', stdout: pipe(FIRST) });
    const first = between
      .forks(303)
      .exec({ comm: 'ssh', stdout: pipe(FIRST) })
      .socket('connect', SOCKET, OUT);
    const index = git.forks(304).exec({ comm: 'index-pack', stdin: pipe(SECOND), stdout: pipe(THIRD) });
    first.passes({ written: 20_000 });
    first.traffic('socket-close', SOCKET, OUT, { bytesSent: 3001, bytesReceived: 21_000 }).exits();
    between.exits();
    git.passes({ read: 20_000, written: 20_000 });
    git.closesEnd(5, pipe(FIRST), 'read').closesEnd(6, pipe(SECOND), 'write');
    index.passes({ read: 20_000, written: 46 }).makes('/w/pack', 12, 20_000);
    ends(index, SECOND, 20_000);
    git.passes({ read: 46 }).closesEnd(7, pipe(THIRD), 'read').exits();
    assert.deepEqual(lines(scenario), [...connected('ssh'), 'git download 10.0.0.2:22 -> /w/pack:12']);
  });

  test('a file that came over it is none that was made of what every program reads (curl -o x.tgz)', () => {
    const { scenario, bash } = shell(['/etc/']);
    scenario.content.add(DEVICE, 12, 'archive');
    const curl = bash.forks(301).exec({ comm: 'curl' }).socket('connect', SOCKET, OUT).reads('/etc/passwd', 15, 900);
    curl.makes('/w/x.tgz', 12, 50_000);
    curl.traffic('socket-close', SOCKET, OUT, { bytesSent: 80, bytesReceived: 50_200 }).exits();
    assert.deepEqual(lines(scenario), [...connected('curl'), 'curl create /w/x.tgz:12']);
    assert.equal(only(scenario).connectionId, scenario.published[0]?.connectionId);
  });
});

describe('below a server that accepted', () => {
  const [INPUT, OUTPUT] = [81, 82];

  function session(): { readonly scenario: Scenario; readonly server: Actions; readonly bash: Actions } {
    const scenario = new Scenario();
    const server = scenario.program('sshd', 300, 1).socket('accept', SOCKET, IN).forks(301);
    const bash = server.forks(302).exec({ comm: 'bash', stdin: pipe(INPUT), stdout: pipe(OUTPUT) });
    return { scenario, server, bash };
  }

  function accepted(comm: string): readonly string[] {
    return [`${comm} accept-by 10.0.0.1:43716`, `${comm} accept 10.0.0.2:22`];
  }

  function closes(server: Actions): void {
    server.traffic('socket-close', SOCKET, IN, { bytesSent: 4000, bytesReceived: 43_000 });
  }

  test('what the first stage got from the other side is what the last one wrote', () => {
    const { scenario, server, bash } = session();
    const gzip = bash.forks(303).exec({ comm: 'gzip', stdin: pipe(INPUT), stdout: pipe(FIRST) });
    const last = bash.forks(304).exec({ comm: 'cat', stdin: pipe(FIRST) });
    ends(gzip.passes({ read: 40_000, written: 100_000 }), INPUT, 40_000);
    last.passes({ read: 100_000 }).makes('/w/t', 12, 100_000);
    ends(last, FIRST, 100_000);
    bash.exits();
    closes(server);
    assert.deepEqual(lines(scenario), ['cat download 10.0.0.1:43716 -> /w/t:12', ...accepted('cat')]);
  });

  test('one program that unpacks what it got received it: gzip -d > t', () => {
    const { scenario, server, bash } = session();
    const gzip = bash.forks(303).exec({ comm: 'gzip', stdin: pipe(INPUT) });
    gzip.passes({ read: 20_000 }).makes('/w/t', 12, 100_000);
    ends(gzip, INPUT, 20_000);
    bash.exits();
    closes(server);
    assert.deepEqual(lines(scenario), ['gzip write /w/t:12', ...accepted('gzip')]);
  });

  test('one program that packs what it gives sent it: gzip < s', () => {
    const { scenario, server, bash } = session();
    const gzip = bash.forks(303).exec({ comm: 'gzip', stdout: pipe(OUTPUT) });
    gzip.passes({ written: 20_000 }).reads('/w/s', 11, 100_000).exits();
    bash.exits();
    closes(server);
    assert.deepEqual(lines(scenario), ['gzip read /w/s:11', ...accepted('gzip')]);
    assert.equal(only(scenario).connectionId, scenario.published[0]?.connectionId);
  });

  test('what a program makes without listening to the other side did not come from there', () => {
    const { scenario, server, bash } = session();
    const script = bash.forks(303).exec({ comm: 'report', stdin: pipe(INPUT), stdout: pipe(OUTPUT) });
    // As much as it wrote, but from children.
    script.passes({ read: 300 }).makes('/w/t', 12, 200);
    ends(script, INPUT, 0);
    bash.exits();
    closes(server);
    assert.deepEqual(lines(scenario), ['report create /w/t:12', ...accepted('sshd')]);
  });

  test('a pipeline whose last stage says nothing to the other side sent nothing: tar xzf', () => {
    const { scenario, server, bash } = session();
    scenario.content.add(DEVICE, 11, 'archive');
    scenario.content.add(DEVICE, 12, 'other');
    const tar = bash.forks(303).exec({ comm: 'tar', stdin: pipe(INPUT), stdout: pipe(OUTPUT) });
    const gzip = tar.forks(304).exec({ comm: 'gzip', stdout: pipe(FIRST) });
    gzip.passes({ written: 9000 }).reads('/w/s', 11, 3000).exits();
    tar.passes({ read: 9000 }).makes('/w/t', 12, 8000).closesEnd(5, pipe(FIRST), 'read');
    ends(tar, INPUT, 0);
    bash.exits();
    closes(server);
    assert.deepEqual(lines(scenario), ['tar extract /w/s:11 -> /w/t:12', ...accepted('sshd')]);
  });

  test('a server that starts itself anew with the socket as its stdout gives nothing away by it (sshd -R)', () => {
    const scenario = new Scenario();
    const socket = { kind: 'socket', inode: SOCKET, peer: 0, device: 8, progress: 0 } as const;
    const listener = scenario.program('sshd', 300, 1).socket('accept', SOCKET, IN);
    const monitor = listener.forks(301).exec({ comm: 'sshd', stdin: socket, stdout: socket });
    const child = monitor.forks(302);
    monitor.reads('/w/host_key', 11, 400).passes({ written: 5000 }).closesEnd(6, pipe(FIRST), 'write');
    child.passes({ read: 5000, written: 5000 }).closesEnd(7, pipe(FIRST), 'read').exits();
    monitor.exits();
    closes(listener);
    assert.deepEqual(lines(scenario), ['sshd read /w/host_key:11', ...accepted('sshd')]);
  });
});

describe('what a process moved', () => {
  test('what its children moved is not its own', () => {
    const { scenario, bash } = shell();
    bash.socket('connect', SOCKET, OUT);
    bash.forks(301).exec({ comm: 'cp' }).passes({ read: 9000, written: 9000 }).exits();
    // The kernel adds it when the shell waits for it.
    bash.passes({ read: 9000, written: 9000 }).reads('/w/settings', 11, 500).exits();
    assert.deepEqual(lines(scenario), [...connected('bash'), 'bash read /w/settings:11']);
    assert.equal(only(scenario).connectionId, 0);
  });

  test('what it moved before the agent came has nothing to do with its first file', () => {
    const scenario = new Scenario();
    const daemon = { tgid: 300, ppid: 1, uid: 0, loginuid: 0, sessionId: 0, start: 10 };
    const program = { comm: 'daemon', exe: '/usr/bin/daemon', commandLine: 'daemon', script: '' };
    const closed = { kind: 'closed', inode: 0, peer: 0, device: 0, progress: 0 } as const;
    const unknown = {
      containerPid: 300,
      isolation: hostIsolation,
      approximate: true,
      transferred: { read: 0, written: 0 },
    };
    scenario.processes.addSnapshot({ ...daemon, ...program, ...unknown, stdin: closed, stdout: closed });
    const process = scenario.resumes('daemon', 300, 1, 10).socket('connect', SOCKET, OUT);
    process.passes({ read: 1_000_000, written: 1_000_000 }).reads('/w/settings', 11, 500);
    scenario.wait(2 * SETTLE);
    assert.equal(only(scenario).connectionId, 0);
  });

  test('a kernel that does not count leaves it open', () => {
    const { scenario, bash } = shell();
    const unknown = { read: Infinity, written: Infinity };
    bash.socket('connect', SOCKET, OUT);
    bash.file({ path: '/w/s', inode: 11, read: 500, transferred: unknown }).exits();
    assert.equal(only(scenario).connectionId, scenario.published[0]?.connectionId);
  });
});
