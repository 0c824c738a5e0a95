/** The command was used wrongly: exit code 2, with a hint. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was right, but could not be carried out: exit code 1. The message is for people. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
