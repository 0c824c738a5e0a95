import type { Behaviour, Connection, Sink } from '../behaviour/behaviour.js';
import { isDestination, type Facts } from '../behaviour/facts.js';
import { noiseEntry, type NoiseSettings } from '../behaviour/noise.js';
import type { Fact, RuleStep, RuleTrace } from '../behaviour/trace.js';
import type { ExecEvent, KernelEvent, SocketEvent } from '../decode/event.js';
import type { Process } from '../process/process.js';
import type { TrackedProcess } from '../process/tracked.js';
import { formatEndpoint, LineFormatter } from '../sinks/line.js';
import { describeConnection, describeDetails, describeObject, isName } from './describe.js';
import type { ExplainedFact, ExplainedLine, ExplainedProgram } from './explanation.js';
import type { Family } from './family.js';

/** What lifts connections from their owners is no rule over facts of files, but explains as one. */
const CONNECTIONS = 'connections';

interface Program {
  process: Process;
  readonly exec: ExecEvent | undefined;
  readonly forked: boolean;
  readonly facts: ExplainedFact[];
  readonly sockets: SocketEvent[];
  readonly lines: ExplainedLine[];
}

/** Listens to the engine, and keeps what it did with each fact of a family of processes. */
export class Collector implements Sink, RuleTrace {
  private readonly programs: Program[] = [];
  private readonly current = new Map<number, Program>();
  private readonly explainedBehaviours = new WeakSet<Behaviour>();
  /** By its two ends: whom it was reported for. */
  private readonly served = new Map<string, string>();
  private readonly formatter = new LineFormatter('absolute');
  private readonly noiseOf: (path: string) => string | undefined;
  private readonly writeNoiseOf: (path: string) => string | undefined;
  private exec: ExecEvent | undefined;

  constructor(
    private readonly family: Family,
    noise: NoiseSettings,
  ) {
    this.noiseOf = noiseEntry(noise.reads);
    this.writeNoiseOf = noiseEntry(noise.writes);
  }

  /** Before the engine handles it. */
  event(event: KernelEvent): void {
    this.family.saw(event);
    const { tgid } = event.actor;
    if (!this.family.has(tgid)) return;
    if (event.kind === 'exec') this.exec = event;
    else if (event.kind === 'fork') this.forked(tgid, event.childTgid);
    else if (event.kind === 'connect' || event.kind === 'accept') this.current.get(tgid)?.sockets.push(event);
  }

  explained({ process }: TrackedProcess, facts: Facts, steps: readonly RuleStep[]): void {
    if (!this.family.has(process.tgid)) return;
    const program = this.programOf(process);
    for (const { rule, behaviours } of steps) {
      for (const behaviour of behaviours) {
        this.explainedBehaviours.add(behaviour);
        program.lines.push({ rule, line: this.formatter.body(behaviour) });
      }
    }
    for (const fact of [...facts.files, ...facts.names]) program.facts.push(this.explain(fact, steps));
  }

  behaviour(behaviour: Behaviour): void {
    const { process, kind } = behaviour;
    if (!this.family.has(process.tgid)) return;
    if (kind === 'exec') this.start(process);
    else if (!this.explainedBehaviours.has(behaviour)) {
      const rule = kind === 'connection' ? CONNECTIONS : kind;
      this.programOf(process).lines.push({ rule, line: this.formatter.body(behaviour) });
    }
  }

  connection({ direction, local, remote, process }: Connection): void {
    const [client, server] = direction === 'outbound' ? [local, remote] : [remote, local];
    this.served.set(`${direction} ${formatEndpoint(client)} -> ${formatEndpoint(server)}`, whose(process));
  }

  /** Programs that did something, and those that were started. What the first process did before it became the command is not its. */
  result(): readonly ExplainedProgram[] {
    return this.programs
      .filter(({ exec, process }) => exec !== undefined || process.tgid !== this.family.root)
      .filter(
        ({ exec, facts, lines, sockets }) => exec !== undefined || facts.length + lines.length + sockets.length > 0,
      )
      .map((program) => this.finish(program));
  }

  private explain(fact: Fact, steps: readonly RuleStep[]): ExplainedFact {
    const step = steps.find(({ consumed }) => consumed.includes(fact));
    const from = steps.flatMap(({ moved }) => moved.filter((move) => move.fact === fact).map((move) => move.from));
    const known = {
      kind: isName(fact) ? ('name' as const) : ('file' as const),
      time: fact.time,
      object: describeObject(fact),
      details: describeDetails(fact, from),
    };
    if (!step) return { ...known, outcome: 'left over', rule: '', reason: '' };
    const { rule } = step;
    if (isIn(fact, step)) return { ...known, outcome: 'line', rule, reason: '' };
    const entry = this.noiseEntryOf(fact);
    if (entry === undefined) return { ...known, outcome: 'no line', rule, reason: '' };
    return { ...known, outcome: 'noise', rule, reason: entry };
  }

  private noiseEntryOf(fact: Fact): string | undefined {
    if (isName(fact)) return fact.operation === 'mkdir' ? this.writeNoiseOf(`${fact.path}/`) : undefined;
    return isDestination(fact) ? this.writeNoiseOf(fact.path) : this.noiseOf(fact.path);
  }

  private forked(parent: number, child: number): void {
    const image = this.current.get(parent);
    // Who it is will be known with the first thing it does.
    if (image) this.begin({ ...image.process, tgid: child, ppid: parent }, undefined, true);
    else this.current.delete(child);
  }

  private start(process: Process): void {
    const exec = this.exec?.actor.tgid === process.tgid ? this.exec : undefined;
    this.begin(process, exec, false);
  }

  private begin(process: Process, exec: ExecEvent | undefined, forked: boolean): Program {
    const program: Program = { process, exec, forked, facts: [], sockets: [], lines: [] };
    this.programs.push(program);
    this.current.set(process.tgid, program);
    return program;
  }

  private programOf(process: Process): Program {
    const program = this.current.get(process.tgid) ?? this.begin(process, undefined, false);
    program.process = process;
    return program;
  }

  private finish(program: Program): ExplainedProgram {
    const { process, exec, forked, facts, sockets, lines } = program;
    const { tgid: pid, ppid, user, loginuid, image } = process;
    const all = [...facts, ...sockets.map((event) => this.explainSocket(event))];
    return {
      pid,
      ppid,
      user,
      loginuid,
      ...image,
      stdin: exec?.stdin,
      stdout: exec?.stdout,
      forked,
      running: this.family.running.has(pid) && this.current.get(pid) === program,
      facts: all.sort((left, right) => left.time - right.time),
      lines,
    };
  }

  private explainSocket(event: SocketEvent): ExplainedFact {
    const object = describeConnection(event);
    const served = this.served.get(`${event.kind === 'accept' ? 'inbound' : 'outbound'} ${object}`);
    return {
      kind: 'connection',
      time: event.actor.time,
      object,
      details: [
        event.kind,
        ...(event.inProgress ? ['in progress'] : []),
        ...(event.servesParent ? ['for its parent'] : []),
      ],
      outcome: served === undefined ? 'left over' : 'line',
      rule: served === undefined ? '' : CONNECTIONS,
      reason: served ?? 'never established',
    };
  }
}

function whose({ tgid, image }: Process): string {
  return `for ${tgid} ${image.comm}`;
}

/** Do the lines of the rule show the fact, by its name or by a name it was given? */
function isIn(fact: Fact, { behaviours }: RuleStep): boolean {
  return behaviours.some(({ sources, destinations }) =>
    [...sources, ...destinations].some(({ path, inode }) => path === fact.path && inode === fact.inode),
  );
}
