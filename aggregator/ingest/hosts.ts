import { LRUCache } from 'lru-cache';
import { toNumber } from '../../proto/integer.js';
import type { Host } from '../../proto/service.js';
import type { Row } from '../schema/row.js';
import { RowWriter } from '../schema/row-writer.js';
import { tables } from '../schema/tables.js';
import type { Store } from '../store/store.js';

/** One boot of one host, as far as its batches are concerned. */
export interface HostState {
  readonly hostId: string;
  readonly bootId: string;
  /** The latest registration, or what stands in for it while there was none. */
  registration: Row;
  /** Highest batch number on disk. */
  stored: number;
  /** Highest batch number taken, on disk or on its way. */
  accepted: number;
  /** Settles when every batch taken so far is on disk. */
  pending: Promise<void>;
  /** When the hosts table last heard of it, microseconds since the Unix epoch. */
  seenTime: number;
}

/** States beyond this are read back from the store when their host returns. */
const maximumStates = 50_000;
const maximumText = 255;

/** What is known of hosts and their batches; the store has it all, this is what is in use. */
export class HostRegistry {
  readonly #states = new LRUCache<string, HostState>({ max: maximumStates });
  readonly #loading = new Map<string, Promise<HostState>>();

  constructor(readonly store: Store) {}

  /** State of a host that is connected; reads the highest number stored from the store the first time. */
  async state(hostId: string, bootId: string): Promise<HostState> {
    const key = JSON.stringify([hostId, bootId]);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const loading = this.#loading.get(key) ?? this.#load(key, hostId, bootId);
    this.#loading.set(key, loading);
    return loading.finally(() => this.#loading.delete(key));
  }

  /** Stores the registration; resolves when it is on disk. `now` is our clock, microseconds since the Unix epoch. */
  async register(host: Host, now: number): Promise<HostState> {
    const state = await this.state(host.hostId ?? '', host.bootId ?? '');
    const clock = toNumber(host.time);
    state.registration = {
      ...unregistered(state.hostId, state.bootId),
      host: host.hostname === '' ? state.hostId : (host.hostname ?? state.hostId).slice(0, maximumText),
      addresses: host.addresses ?? [],
      kernel: host.kernel ?? '',
      operating_system: host.operatingSystem ?? '',
      agent_version: host.agentVersion ?? '',
      clock_offset: clock === 0 ? 0 : (clock - now) / 1e6,
    };
    const writer = new RowWriter(tables.hosts);
    writer.append(seenRow(state, now));
    await this.store.insertBytes(tables.hosts, writer.bytes, writer.rowCount);
    return state;
  }

  async #load(key: string, hostId: string, bootId: string): Promise<HostState> {
    const [numbers, registrations] = await Promise.all([
      this.store.query({
        sql: 'SELECT max(number) FROM batches WHERE host_id = {host:String} AND boot_id = {boot:String}',
        parameters: { host: hostId, boot: bootId },
      }),
      this.store.query({
        sql: 'SELECT host, addresses, kernel, operating_system, agent_version, clock_offset FROM hosts WHERE host_id = {host:String} ORDER BY last_seen_time DESC LIMIT 1',
        parameters: { host: hostId },
      }),
    ]);
    const stored = Number(numbers[0]?.[0] ?? 0);
    const state: HostState = {
      hostId,
      bootId,
      registration: storedRegistration(hostId, bootId, registrations[0]),
      stored,
      accepted: stored,
      pending: Promise.resolve(),
      seenTime: 0,
    };
    this.#states.set(key, state);
    return state;
  }
}

/** The row that says a host was heard of at `now`. */
export function seenRow(state: HostState, now: number): Row {
  state.seenTime = now;
  return { ...state.registration, last_seen_time: now };
}

function unregistered(hostId: string, bootId: string): Row {
  return {
    host_id: hostId,
    boot_id: bootId,
    host: hostId,
    addresses: [],
    kernel: '',
    operating_system: '',
    agent_version: '',
    clock_offset: 0,
  };
}

function storedRegistration(hostId: string, bootId: string, row: readonly string[] | undefined): Row {
  const base = unregistered(hostId, bootId);
  if (row === undefined) return base;
  const [host = hostId, addresses = '[]', kernel = '', operatingSystem = '', agentVersion = '', offset = '0'] = row;
  const list: unknown = JSON.parse(addresses);
  return {
    ...base,
    host,
    addresses: Array.isArray(list) ? list.map(String) : [],
    kernel,
    operating_system: operatingSystem,
    agent_version: agentVersion,
    clock_offset: Number(offset),
  };
}
