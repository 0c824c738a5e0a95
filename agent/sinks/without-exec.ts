import type { Behaviour, Connection, Sink } from '../behaviour/behaviour.js';

/** Program starts are for the aggregator, unless lines of them are wanted too. */
export class WithoutExec implements Sink {
  constructor(private readonly sink: Sink) {}

  behaviour(behaviour: Behaviour): void {
    if (behaviour.kind !== 'exec') this.sink.behaviour(behaviour);
  }

  connection(connection: Connection): void {
    this.sink.connection(connection);
  }
}
