import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/**
 * Two hosts on one machine: this one, and a network namespace with a real sshd, joined by a veth
 * pair so that both addresses are real. Namespace, devices, keys and port are the test's own.
 */
export class SshHosts {
  readonly directory = mkdtempSync(join(tmpdir(), 'panorama-ssh-'));
  readonly local: string;
  readonly remote: string;
  private readonly name: string;
  private server: ChildProcess | undefined;

  /** `subnet`: third byte of the test's own network 10.213.N.0/24; tests that run beside each other differ in it. */
  constructor(subnet: number) {
    this.local = `10.213.${subnet}.1`;
    this.remote = `10.213.${subnet}.2`;
    this.name = `pano${subnet}`;
  }

  /** Resolves when sshd answers. */
  async start(): Promise<void> {
    const { name, directory } = this;
    this.removeNetwork();
    ip('netns', 'add', name);
    ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
    ip('addr', 'add', `${this.local}/24`, 'dev', `${name}a`);
    ip('link', 'set', `${name}a`, 'up');
    ip('-n', name, 'addr', 'add', `${this.remote}/24`, 'dev', `${name}b`);
    ip('-n', name, 'link', 'set', `${name}b`, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    for (const key of ['host', 'identity']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, key)]);
    }
    copyFileSync(join(directory, 'identity.pub'), join(directory, 'authorized_keys'));
    chmodSync(join(directory, 'authorized_keys'), 0o600);
    // sshd's own directory for its unprivileged child, where no service has made it.
    mkdirSync('/run/sshd', { recursive: true });
    writeFileSync(join(directory, 'sshd_config'), this.configuration());
    // An empty home directory: what the machine's own .bashrc starts for each session is none of the tests' business.
    // `ip netns exec` gives it a mount namespace of its own.
    const server = 'mount -t tmpfs tmpfs "$1" && exec /usr/sbin/sshd -D -e -f "$2"';
    const home = userInfo().homedir;
    const args = ['netns', 'exec', name, 'sh', '-c', server, 'sh', home, join(directory, 'sshd_config')];
    this.server = spawn('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    this.server.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('sshd listens', () => said.includes('Server listening') || this.server?.exitCode !== null);
    if (this.server.exitCode !== null) throw new Error(`sshd ended: ${said}`);
    const { stdout } = await this.run('ssh-keyscan', ['-t', 'ed25519', this.remote]);
    appendFileSync(join(directory, 'known_hosts'), stdout);
  }

  /** Options of ssh and scp for this server. */
  get options(): readonly string[] {
    const { directory } = this;
    const settings = [
      'BatchMode=yes',
      `UserKnownHostsFile=${join(directory, 'known_hosts')}`,
      `IdentityFile=${join(directory, 'identity')}`,
      'IdentitiesOnly=yes',
      'GlobalKnownHostsFile=/dev/null',
    ];
    return ['-q', '-F', 'none', ...settings.flatMap((setting) => ['-o', setting])];
  }

  /** Runs a program; rejects when it fails. */
  async run(program: string, args: readonly string[]): Promise<{ readonly pid: number; readonly stdout: string }> {
    const child = spawn(program, [...args], { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
    return { pid: child.pid ?? 0, stdout };
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server?.exitCode === null) {
      server.kill('SIGTERM');
      await new Promise((resolve) => server.once('close', resolve));
    }
    this.removeNetwork();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private removeNetwork(): void {
    // Removing the namespace removes its end of the pair, and with it ours.
    if (existsSync(`/run/netns/${this.name}`)) ip('netns', 'del', this.name);
    const device = `/sys/class/net/${this.name}a`;
    try {
      if (existsSync(device)) ip('link', 'del', `${this.name}a`);
    } catch (error) {
      // The kernel takes it down in its own time: it may have gone between the look and the command.
      if (existsSync(device)) throw error;
    }
  }

  private configuration(): string {
    const { directory } = this;
    return [
      `ListenAddress ${this.remote}:22`,
      `HostKey ${join(directory, 'host')}`,
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      'Subsystem sftp /usr/lib/openssh/sftp-server',
      '',
    ].join('\n');
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
