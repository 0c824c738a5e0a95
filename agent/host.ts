import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { programVersion } from '../aggregator/version.js';
import type { Host } from '../proto/service.js';

/** The record an agent registers with; `time` is for whoever sends it to set. */
export type HostRecord = Omit<Host, 'time'> & { readonly hostId: string; readonly bootId: string };

/** For the name of the operating system, which is not worth a longer wait. */
const osInfoMilliseconds = 2000;

/**
 * Describes this host. To be called before the probes are attached, and only by an agent that has an aggregator:
 * systeminformation answers by running `cat`, `ip`, `dmesg` and others, which the agent would report as somebody's
 * behaviours. Its osInfo is the one call made (100 ms with loading the package); networkInterfaces would run three
 * dozen programs for what node:os knows.
 */
export async function hostRecord(): Promise<HostRecord> {
  const { name, kernel, operatingSystem } = await describeSystem();
  return {
    hostId: machineId() ?? name,
    bootId: bootId(),
    hostname: name,
    kernel,
    operatingSystem,
    addresses: addresses(),
    agentVersion: programVersion(),
  };
}

interface System {
  readonly name: string;
  readonly kernel: string;
  readonly operatingSystem: string;
}

async function describeSystem(): Promise<System> {
  const bare = { name: hostname(), kernel: release(), operatingSystem: '' };
  const timer = new AbortController();
  const { osInfo } = await import('systeminformation');
  const late = delay(osInfoMilliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  const info = await Promise.race([osInfo().catch(() => undefined), late]);
  timer.abort();
  if (info === undefined) return bare;
  return {
    name: info.hostname === '' ? bare.name : info.hostname,
    kernel: info.kernel === '' ? bare.kernel : info.kernel,
    operatingSystem: [info.distro, info.release].filter((part) => part !== '').join(' '),
  };
}

/** machine-id(5), undefined where the host has none: an image not booted yet holds an empty one, or a word. */
function machineId(): string | undefined {
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    const id = contentOf(file);
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  }
  return undefined;
}

/**
 * The kernel's boot id, and when this agent started: an agent numbers its batches from 1, so each run needs an
 * identity of its own.
 */
function bootId(): string {
  const start = Math.floor(Date.now() - process.uptime() * 1000);
  return `${contentOf('/proc/sys/kernel/random/boot_id')}/${start}`;
}

/** Those that others can reach this host by: neither loopback nor link-local (RFC 4291 section 2.5.6). */
function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not there in a chroot or small container.
    return '';
  }
}
