import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Makes `writeFile` of this process leave out `flush`. What is durable is the server's own promise and its own cost:
 * a bare pipeline that waited for the disk too would flatter the server.
 */
export function writeWithoutSync(): void {
  const { writeFile } = promises;
  Object.assign(promises, {
    writeFile: (...[file, data, options]: Parameters<typeof writeFile>) =>
      writeFile(file, data, typeof options === 'object' ? { ...options, flush: false } : options),
  });
  syncBuiltinESMExports();
}
