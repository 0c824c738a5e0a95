// long: every way of a connection, with the two processes of sshd in between
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSED } from '../../../agent/decode/event.js';
import { Scenario, SETTLE, pipe, reversed, tuple, UDP, unixSocket, type Actions } from '../../support/scenario.js';

const OUT = tuple();
const IN = reversed(OUT);
const SOCKET = 900;

describe('connect', () => {
  test('connect-by is the local end, connect the remote one (P2)', () => {
    const scenario = new Scenario();
    scenario.program('curl').socket('connect', SOCKET, OUT);
    assert.deepEqual(scenario.lines(), [
      '200 300 root curl connect-by 10.0.0.1:43716',
      '200 300 root curl connect 10.0.0.2:22',
    ]);
  });

  test('IPv6 endpoints are in brackets', () => {
    const scenario = new Scenario();
    scenario.program('curl').socket('connect', SOCKET, tuple({ localAddress: 'fd00::1', remoteAddress: 'fd00::2' }));
    assert.deepEqual(scenario.lines(), [
      '200 300 root curl connect-by [fd00::1]:43716',
      '200 300 root curl connect [fd00::2]:22',
    ]);
  });

  test('of a helper that serves its parent is the parent’s: scp and its ssh', () => {
    const scenario = new Scenario();
    const scp = scenario.program('scp');
    const ssh = scp.forks(301).exec({ comm: 'ssh' });
    ssh.socket('connect', SOCKET, OUT, { servesParent: true });
    assert.deepEqual(scenario.lines(), [
      '200 300 root scp connect-by 10.0.0.1:43716',
      '200 300 root scp connect 10.0.0.2:22',
    ]);
    const [connection] = scenario.published;
    assert.deepEqual([connection?.owner.image.comm, connection?.process.image.comm], ['ssh', 'scp']);
  });

  test('a file that the lifted program passes on carries the connection', () => {
    const scenario = new Scenario();
    const scp = scenario.program('scp');
    scp.forks(301).exec({ comm: 'ssh' }).socket('connect', SOCKET, OUT, { servesParent: true });
    scp.file({ path: '/w/f', inode: 11, read: 500, transferred: { read: 500, written: 600 } }).exits();
    const [read] = scenario.behaviours.filter(({ kind }) => kind === 'file');
    assert.equal(read?.kind === 'file' && read.connectionId, scenario.published[0]?.connectionId);
  });

  test('a file that was read and kept does not', () => {
    const scenario = new Scenario();
    const curl = scenario.program('curl').socket('connect', SOCKET, OUT);
    curl.file({ path: '/w/config', inode: 11, read: 500, transferred: { read: 500, written: 100 } }).exits();
    const [read] = scenario.behaviours.filter(({ kind }) => kind === 'file');
    assert.equal(read?.kind === 'file' && read.connectionId, 0);
  });
});

describe('a connect that did not wait', () => {
  function begun(): { readonly scenario: Scenario; readonly curl: Actions } {
    const scenario = new Scenario();
    const curl = scenario.program('curl').socket('connect', SOCKET, OUT, { inProgress: true });
    return { scenario, curl };
  }
  const lines = ['200 300 root curl connect-by 10.0.0.1:43716', '200 300 root curl connect 10.0.0.2:22'];

  test('is told when it succeeded, which comes from an interrupt and so from nobody', () => {
    const { scenario } = begun();
    assert.deepEqual(scenario.lines(), []);
    const actor = { time: scenario.now(), tgid: 0, start: 0, ppid: 0, uid: 0, comm: '' };
    const facts = { inProgress: false, servesParent: false, servesGrandparent: false, listening: false };
    scenario.engine.handle({ kind: 'established', actor, socket: SOCKET, tuple: OUT, ...facts });
    assert.deepEqual(scenario.lines(), lines);
  });

  test('is never told when it failed', () => {
    const { scenario, curl } = begun();
    curl.traffic('socket-close', SOCKET, OUT, { established: false }).exits();
    scenario.engine.finish();
    assert.deepEqual([scenario.lines(), scenario.published, scenario.connections.size], [[], [], 0]);
  });

  test('is told at the close where the record of its success was lost', () => {
    const { scenario, curl } = begun();
    curl.traffic('socket-close', SOCKET, OUT, { established: true });
    assert.deepEqual(scenario.lines(), lines);
  });

  test('and is asked for again by connecting once more is one connection', () => {
    const { scenario, curl } = begun();
    curl.socket('established', SOCKET, OUT).socket('connect', SOCKET, OUT);
    assert.deepEqual(scenario.lines(), lines);
    assert.equal(new Set(scenario.published.map(({ connectionId }) => connectionId)).size, 1);
  });

  test('the second connect tells that it succeeded where nothing else did', () => {
    const { scenario, curl } = begun();
    curl.socket('connect', SOCKET, OUT);
    assert.deepEqual(scenario.lines(), lines);
  });
});

describe('a closed connection', () => {
  test('carries its counters, the SYN of the side that connects not among them, and its end', () => {
    const scenario = new Scenario();
    const curl = scenario.program('curl').socket('connect', SOCKET, OUT);
    curl.traffic('socket-close', SOCKET, OUT, { bytesSent: 11, bytesReceived: 20, packetsSent: 3, packetsReceived: 4 });
    const last = scenario.published.at(-1);
    assert.deepEqual([last?.bytesSent, last?.bytesReceived, last?.packetsSent, last?.packetsReceived], [10, 20, 3, 4]);
    assert.ok((last?.endTime ?? 0) > (last?.startTime ?? 0));
    assert.equal(scenario.connections.size, 0);
  });

  test('of a socket nobody saw opened is nothing', () => {
    const scenario = new Scenario();
    scenario.program('old').traffic('socket-close', SOCKET, OUT);
    assert.deepEqual([scenario.lines(), scenario.published], [[], []]);
  });

  test('ids are unique, also within one microsecond', () => {
    const scenario = new Scenario();
    const scan = scenario.program('scan');
    for (let socket = 1; socket <= 100; socket++) scan.socket('connect', socket, tuple({ remotePort: socket }));
    assert.equal(new Set(scenario.published.map(({ connectionId }) => connectionId)).size, 100);
  });
});

describe('accept', () => {
  test('accept-by is the remote end, accept the local one; a plain server when it has settled (P2)', () => {
    const scenario = new Scenario();
    scenario.program('nginx').socket('accept', SOCKET, IN);
    assert.deepEqual(scenario.lines(), []);
    scenario.wait(SETTLE);
    assert.deepEqual(scenario.lines(), [
      '200 300 root nginx accept-by 10.0.0.1:43716',
      '200 300 root nginx accept 10.0.0.2:22',
    ]);
    assert.equal(scenario.engine.isWaiting, false);
  });

  test('a plain server that closes before', () => {
    const scenario = new Scenario();
    scenario.program('nginx').socket('accept', SOCKET, IN).traffic('socket-close', SOCKET, IN);
    assert.deepEqual(scenario.lines(), [
      '200 300 root nginx accept-by 10.0.0.1:43716',
      '200 300 root nginx accept 10.0.0.2:22',
    ]);
  });

  test('a server that forks is held longer: authentication takes its time', () => {
    const scenario = new Scenario();
    const sshd = scenario.program('sshd').socket('accept', SOCKET, IN);
    sshd.forks(301);
    scenario.wait(SETTLE * 2);
    assert.deepEqual(scenario.lines(), []);
    scenario.wait(SETTLE * 10);
    assert.deepEqual(scenario.lines(), [
      '200 300 root sshd accept-by 10.0.0.1:43716',
      '200 300 root sshd accept 10.0.0.2:22',
    ]);
  });

  /** sshd accepts, a child serves the session, and starts a program with pipes as its stdin and stdout. */
  function session(): { readonly scenario: Scenario; readonly listener: Actions; readonly server: Actions } {
    const scenario = new Scenario();
    const listener = scenario.program('sshd', 300, 1).socket('accept', SOCKET, IN);
    const server = listener.forks(301);
    return { scenario, listener, server };
  }

  function start(server: Actions, comm: string, tgid: number): Actions {
    return server.forks(tgid).exec({ comm, stdin: pipe(71), stdout: pipe(72) });
  }

  test('the program below that receives a file has accepted it, and it is a write (P2)', () => {
    const { scenario, server } = session();
    const sftp = start(server, 'sftp-server', 302);
    sftp.file({
      path: '/root/f2.txt',
      inode: 12,
      written: 500,
      facts: 1,
      transferred: { read: 600, written: 520 },
    });
    sftp.exits({ stdin: pipe(71, 600) });
    server.traffic('socket-close', SOCKET, IN).exits();
    assert.deepEqual(scenario.lines(), [
      '301 302 root sftp-server write /root/f2.txt:12',
      '301 302 root sftp-server accept-by 10.0.0.1:43716',
      '301 302 root sftp-server accept 10.0.0.2:22',
    ]);
    const [write] = scenario.behaviours.filter(({ kind }) => kind === 'file');
    assert.equal(write?.kind === 'file' && write.connectionId, scenario.published[0]?.connectionId);
  });

  test('of several programs the one that moved most', () => {
    const { scenario, server } = session();
    const shell = server.forks(302).exec({ comm: 'bash', stdin: pipe(71), stdout: pipe(72) });
    shell.file({ path: '/root/.bashrc', inode: 13, read: 50, transferred: { read: 50, written: 50 } });
    const scp = shell.forks(303).exec({ comm: 'scp', stdin: pipe(71), stdout: pipe(72) });
    shell.exits();
    scp.file({ path: '/root/f2.txt', inode: 12, written: 500, facts: 1, transferred: { read: 600, written: 500 } });
    scp.exits({ stdin: pipe(71, 600) });
    server.traffic('socket-close', SOCKET, IN);
    assert.deepEqual(
      scenario.lines().filter((line) => line.includes(' accept')),
      ['302 303 root scp accept-by 10.0.0.1:43716', '302 303 root scp accept 10.0.0.2:22'],
    );
  });

  test('what a process reads without a session as its stdin has no part in it', () => {
    const { scenario, server } = session();
    const shell = server.forks(302).exec({ comm: 'bash', stdin: { ...CLOSED, kind: 'character', inode: 5 } });
    shell.reads('/w/a', 11, 100).exits();
    server.traffic('socket-close', SOCKET, IN);
    assert.deepEqual(scenario.lines(), [
      '301 302 root bash read /w/a:11',
      '300 301 root sshd accept-by 10.0.0.1:43716',
      '300 301 root sshd accept 10.0.0.2:22',
    ]);
  });

  test('a program that has the socket itself as its stdin (inetd)', () => {
    const { scenario, server } = session();
    const cat = server.forks(302).exec({ comm: 'cat', stdin: unixSocket(SOCKET), stdout: unixSocket(SOCKET) });
    cat.file({ path: '/w/a', inode: 11, read: 100, transferred: { read: 100, written: 100 } }).exits();
    server.traffic('socket-close', SOCKET, IN);
    assert.deepEqual(scenario.lines(), [
      '301 302 root cat read /w/a:11',
      '301 302 root cat accept-by 10.0.0.1:43716',
      '301 302 root cat accept 10.0.0.2:22',
    ]);
  });

  test('after the listener released it, what the listener forks has no part in it', () => {
    const { scenario, listener, server } = session();
    listener.socket('socket-release', SOCKET, IN);
    // Another child of the listener, of another connection that was never seen.
    const other = start(listener.forks(310), 'sftp-server', 311);
    other.file({ path: '/w/x', inode: 13, written: 9000, facts: 1, transferred: { read: 9000, written: 9000 } });
    other.exits();
    server.traffic('socket-close', SOCKET, IN);
    assert.deepEqual(scenario.lines(), [
      '310 311 root sftp-server create /w/x:13',
      '300 301 root sshd accept-by 10.0.0.1:43716',
      '300 301 root sshd accept 10.0.0.2:22',
    ]);
  });
});

describe('datagrams', () => {
  test('the first one sent makes an outbound connection; totals replace each other', () => {
    const scenario = new Scenario();
    const dig = scenario.program('dig');
    const to = tuple({ protocol: UDP, remotePort: 53 });
    dig.traffic('datagram', SOCKET, to, { bytesSent: 40, firstTime: scenario.now() });
    dig.traffic('datagram', SOCKET, to, { bytesSent: 40, bytesReceived: 200, firstTime: scenario.now() });
    assert.deepEqual(scenario.lines(), [
      '200 300 root dig connect-by 10.0.0.1:43716',
      '200 300 root dig connect 10.0.0.2:53',
    ]);
    assert.deepEqual(
      scenario.published.map(({ direction, protocol, bytesReceived }) => [direction, protocol, bytesReceived]),
      [
        ['outbound', UDP, 0],
        ['outbound', UDP, 200],
      ],
    );
    assert.equal(new Set(scenario.published.map(({ connectionId }) => connectionId)).size, 1);
  });

  test('the first one received makes an inbound one', () => {
    const scenario = new Scenario();
    const from = tuple({ protocol: UDP, localPort: 53, remotePort: 4000 });
    scenario.program('named').traffic('datagram', SOCKET, from, { inbound: true, firstTime: scenario.now() });
    assert.deepEqual(scenario.lines(), [
      '200 300 root named accept-by 10.0.0.2:4000',
      '200 300 root named accept 10.0.0.1:53',
    ]);
  });

  test('each peer of one socket is a connection', () => {
    const scenario = new Scenario();
    const dig = scenario.program('dig');
    for (const remoteAddress of ['10.0.0.2', '10.0.0.3']) {
      dig.traffic('datagram', SOCKET, tuple({ protocol: UDP, remoteAddress }), { firstTime: scenario.now() });
    }
    assert.equal(new Set(scenario.published.map(({ connectionId }) => connectionId)).size, 2);
  });

  test('many peers do not fill the memory', () => {
    const scenario = new Scenario();
    const scan = scenario.program('scan');
    for (let port = 1; port <= 17_000; port++) {
      scan.traffic('datagram', SOCKET, tuple({ protocol: UDP, remotePort: port }), { firstTime: scenario.now() });
    }
    assert.equal(scenario.connections.size, 16_384);
    assert.equal(scenario.connectionsEvicted.value, 17_000 - 16_384);
  });
});

describe('connections whose end was lost', () => {
  test('are forgotten, the quietest first, and counted; all were told', () => {
    const scenario = new Scenario();
    const scan = scenario.program('scan');
    const most = 65_536;
    for (let socket = 1; socket <= most + 100; socket++) {
      scan.socket('connect', socket, tuple({ localPort: socket & 0xffff, remotePort: 1 + (socket >> 16) }));
    }
    assert.equal(scenario.connections.size, most);
    assert.equal(scenario.connectionsEvicted.value, 100);
    assert.equal(scenario.published.length, most + 100);
  });
});
