import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { measureFloods } from './measure-floods.ts';
import { measureRequests } from './measure-requests.ts';

/** What hostile requests cost the server, one at a time, and what honest users notice of floods. */
export async function benchHostile(): Promise<void> {
  await using folder = await makeTemporaryFolder();
  await measureRequests(folder.path);
  await measureFloods();
}
