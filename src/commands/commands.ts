/** Runs a command with its arguments, and sets the exit code. */
type Command = (args: string[]) => Promise<void>;

/** Commands that operators can run, even next to a running server. Each command loads only when it runs. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  reconcile: async () => (await import('./reconcile.ts')).reconcile,
  backup: async () => (await import('./backup.ts')).backup,
  move: async () => (await import('./move.ts')).move,
  import: async () => (await import('./import.ts')).importCommand,
  'export-user': async () => (await import('./export-user.ts')).exportUserCommand,
  'delete-user': async () => (await import('./delete-user.ts')).deleteUserCommand,
  token: async () => (await import('./token.ts')).token,
};
