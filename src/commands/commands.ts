/** Runs a command with its arguments, and sets the exit code. */
type Command = (args: string[]) => Promise<void>;

/** Loads each command that operators can run beside a server or without one. Commands load only when they run. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  reconcile: async () => (await import('./reconcile.ts')).reconcile,
  backup: async () => (await import('./backup.ts')).backup,
  move: async () => (await import('./move.ts')).move,
  token: async () => (await import('./token.ts')).token,
};
