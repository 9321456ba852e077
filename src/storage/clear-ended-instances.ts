import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instanceOfFile } from '../database/instance.ts';

/** Tells which of these instances have ended, however they did. */
export type FindEndedInstances = (instances: readonly string[]) => Promise<ReadonlySet<string>>;

/** Deletes from a folder what ended instances were working on there. Touches nothing of any other name. */
export async function clearEndedInstances(
  directory: string,
  findEndedInstances: FindEndedInstances,
): Promise<void> {
  // First the names, then the question: who is named here had begun before it was asked about.
  const files = (await readdir(directory)).map((name) => ({ name, instance: instanceOfFile(name) }));
  const instances = new Set(files.flatMap(({ instance }) => instance ?? []));
  const ended = instances.size === 0 ? instances : await findEndedInstances([...instances]);
  for (const { name, instance } of files) {
    if (instance !== undefined && ended.has(instance)) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}
