import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instanceOfFile } from '../database/instance.ts';

/** Returns which of these instances have ended. */
export type FindEndedInstances = (instances: readonly string[]) => Promise<ReadonlySet<string>>;

/** Deletes the files and folders of ended instances from a folder. Leaves all other names alone. */
export async function clearEndedInstances(
  directory: string,
  findEndedInstances: FindEndedInstances,
): Promise<void> {
  // Read the names before the query. Then every instance that they name has started before the query.
  const files = (await readdir(directory)).map((name) => ({ name, instance: instanceOfFile(name) }));
  const instances = new Set(files.flatMap(({ instance }) => instance ?? []));
  const ended = instances.size === 0 ? instances : await findEndedInstances([...instances]);
  for (const { name, instance } of files) {
    if (instance !== undefined && ended.has(instance)) {
      await rm(join(directory, name), { recursive: true, force: true });
    }
  }
}
