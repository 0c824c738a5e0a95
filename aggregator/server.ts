import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { channelOptions } from '../proto/service.js';
import { AggregatorError } from './errors.js';

export interface ServedService {
  readonly definition: ServiceDefinition;
  readonly handlers: UntypedServiceImplementation;
}

/** The port that agents and the command talk to. */
export class GrpcServer {
  readonly #server = new Server({
    ...channelOptions,
    // The default window of 64 KB would have one agent on a slow line wait for every window.
    'grpc-node.flow_control_window': 1024 * 1024,
  });

  constructor(
    readonly endpoint: { readonly host: string; readonly port: number },
    services: readonly ServedService[],
  ) {
    for (const { definition, handlers } of services) this.#server.addService(definition, handlers);
  }

  /** Serves; gives the address in use, as HOST:PORT. Throws LISTEN_FAILED. */
  async start(): Promise<string> {
    // grpc-js would print its own words on stderr beside our sentence.
    setLogVerbosity(logVerbosity.NONE);
    const host = this.endpoint.host.includes(':') ? `[${this.endpoint.host}]` : this.endpoint.host;
    const address = `${host}:${this.endpoint.port}`;
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(listenFailed(address, error));
      });
    });
    return `${host}:${port}`;
  }

  /** Ends every call that is still open. */
  stop(): void {
    this.#server.forceShutdown();
  }
}

function listenFailed(address: string, error: Error): AggregatorError {
  const reason = error.message.includes('EADDRINUSE')
    ? 'another program uses this port; stop it, or choose another port with --listen'
    : error.message;
  return new AggregatorError('LISTEN_FAILED', `Cannot listen on ${address}: ${reason}`, { cause: error });
}
