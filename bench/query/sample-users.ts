import { writeFile } from 'node:fs/promises';
import { postQuery, type QueryRequest } from './requests.ts';

/** A user as the peers return it: every field has its value, so they have nothing to compute. */
export interface SampleUser {
  readonly id: string;
  readonly name: string | null;
  readonly avatarUrl: string;
  readonly profilePicture: Readonly<Record<string, unknown>> | null;
}

/** Writes the users that Portrait returns for a query to a file, from which the peers read them. */
export async function saveUsers(file: string, port: number, request: QueryRequest): Promise<void> {
  const { data } = JSON.parse(await postQuery(port, request)) as { data: { users: SampleUser[] } };
  await writeFile(file, JSON.stringify(data.users));
}
