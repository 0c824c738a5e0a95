/* The texts of --help: usage first, then what is not obvious. */

const clientOptions = `  --aggregator HOST:PORT  aggregator to ask (default: $PANORAMA_AGGREGATOR or 127.0.0.1:7443)`;

const rangeOptions = `  --since T               from then on: 30m, 1h, 2d ago; 2026-01-31, "2026-01-31 23:59:59" (local),
                          2026-01-31T23:59:59Z
  --until T               up to then`;

const outputOptions = `  -o table|json|csv       form of the output (default: table)`;

export const agent = `Usage: panorama agent [-d] [--config FILE] [--log FILE] [--aggregator HOST:PORT]
                      [--record FILE | --replay FILE]

Watches this host through eBPF and writes one line per behaviour. Needs root. Prints "ready" on stderr once
every probe is attached; SIGTERM ends it.

  -d, --debug             lines and state to the terminal
  --config FILE           configuration (YAML)
  --log FILE              where the lines go (default: /var/log/syslog.log)
  --aggregator HOST:PORT  send them there too
  --record FILE           keep the raw records of the kernel
  --replay FILE           read records from such a file instead of the kernel`;

export const aggregator = `Usage: panorama aggregator [--config FILE] [--data DIR] [--listen HOST:PORT]

Stores what agents and flow logs tell, joins it and answers the other commands. Prints "ready" on stderr once
it serves; SIGTERM ends it.

  --config FILE           configuration (YAML)
  --data DIR              directory of the database
  --listen HOST:PORT      where to serve (default: 127.0.0.1:7443)`;

export const importLogs = `Usage: panorama import vpc FILE…

Hands flow logs to the aggregator; FILE may be - for standard input. Lines that cannot be read are kept as they
are and counted with the reason.

${clientOptions}

Example: panorama import vpc flows-*.log`;

export const search = `Usage: panorama search FILTER

Finds rows, latest first. '' finds everything. The filter language is explained in docs/filter.md.

  --from TABLE            behaviours (default), connections, flows or sessions
${rangeOptions}
  --limit N               rows at most (default: 1000)
${outputOptions}
${clientOptions}

Examples: panorama search 'user:root path:/etc/* NOT comm:vi' --since 1h
          panorama search 'address:10.0.0.0/8 bytes>1000000' --from flows -o csv`;

export const tail = `Usage: panorama tail [FILTER]

Shows new rows as they arrive, until Ctrl-C.

  --from TABLE            behaviours (default), connections, flows or sessions
  --limit N               end after so many rows
${outputOptions}
${clientOptions}

Example: panorama tail 'operation:(create OR write) path:/etc/*'`;

export const trace = `Usage: panorama trace PATH|IP:PORT

Follows data across hosts: file, process, connection, flow record, connection, process, file. A name without a
leading / is looked for at the end of paths.

${rangeOptions}
  --limit N               ways at most (default: 20)
${outputOptions}
${clientOptions}

Examples: panorama trace f2.txt --since 1d
          panorama trace 10.0.0.2:22`;

export const hosts = `Usage: panorama hosts

Lists the hosts that have an agent.

${outputOptions}
${clientOptions}`;

export const learn = `Usage: panorama learn [OPTIONS] -- CMD…
       panorama learn [OPTIONS] --replay FILE

Runs a command as it is, watches it and all that it starts, and shows what the agent makes of it: the facts of each
process (files with the bytes that were moved, names, connections), the rule that took each fact, the lines that
came of it, and what no rule explained. Needs root. For authors of rules: see docs/behaviours.md.

The exit code is that of the command; 125 where learning failed, 2 for wrong usage. Processes that outlive the
command are waited for until they rest.

  --config FILE           configuration of the agent (YAML)
  --settle MS             how long to wait for what belongs together (default: 1000)
  --all                   list each fact that is noise by the configuration, not only how many
  --json                  for tools
  --report FILE           write the report there (default: stdout, after the command's own output)
  --record FILE           keep the raw records of the kernel, for a bug report
  --replay FILE           explain such a file instead of running a command

Example: panorama learn -- sh -c 'sort names > sorted && rm names'`;

export const doctor = `Usage: panorama doctor

Checks kernel, BTF and each probe, and that one known event is seen from end to end.`;
