import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { measureFloods } from './measure-floods.ts';
import { measureRequests } from './measure-requests.ts';

/** Measures the cost of single hostile requests, and the time of honest uploads during floods. */
export async function benchHostile(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await measureRequests(folder.path);
  await measureFloods();
}
