import sharp from 'sharp';
import { expect } from 'vitest';
import { TRASH_LIMIT } from '../../src/database/database.ts';
import { type GraphQLResponse, query, type TestUser, USER_FIELDS, upload } from './graphql.ts';
import { pictureFile } from './pictures.ts';

const PICTURES = ['photo.webp', 'cmyk.jpg', 'orientation-6.jpg', 'transparent.png', 'animated.gif'];
/** Actions to choose from. Frequent actions are listed several times. */
const ACTIONS = [
  'upload',
  'upload',
  'upload',
  'remove',
  'removePermanently',
  'restore',
  'restore',
  'read',
  'deleteUser',
] as const;

type Action = (typeof ACTIONS)[number];

const MUTATIONS = {
  remove: `mutation { removeProfilePicture { ${USER_FIELDS} } }`,
  removePermanently: `mutation { removeProfilePicture(permanently: true) { ${USER_FIELDS} } }`,
  restore: `mutation { restoreProfilePicture { ${USER_FIELDS} } }`,
};

/** Codes of errors that change nothing. Killed decoders cause some of them. */
const HARMLESS = new Set(['UNREADABLE_IMAGE', 'NOTHING_TO_RESTORE', 'SERVER_BUSY']);

/**
 * A user who performs random actions and keeps track of the expected state. When the server dies, only the last action
 * is uncertain: the server may or may not have performed it.
 */
export class ModelledUser {
  readonly #headers: Record<string, string>;
  readonly #random: () => number;
  #live: string | null = null;
  /** IDs of pictures in the trash, newest last. */
  readonly #trash: string[] = [];
  readonly #gone: string[] = [];
  #unconfirmed: Action | undefined;
  /** URL of the current picture. */
  #url: string | undefined;

  /** @param headers the headers that sign the user in. */
  constructor(headers: Record<string, string>, random: () => number) {
    this.#headers = headers;
    this.#random = random;
  }

  /** IDs of the pictures that must exist. */
  get kept(): string[] {
    return this.#live === null ? [...this.#trash] : [...this.#trash, this.#live];
  }

  /** IDs of the pictures that must be deleted completely. */
  get gone(): readonly string[] {
    return this.#gone;
  }

  /** Performs a random action and checks the response. @returns false if the server does not respond. */
  async act(server: { url: string }): Promise<boolean> {
    const action = this.#pick(ACTIONS);
    this.#unconfirmed = action;
    const response = await this.#send(server, action).catch(() => undefined);
    if (response === undefined) {
      return false;
    }
    this.#unconfirmed = undefined;
    const code = response.errors?.[0]?.extensions.code;
    if (code === undefined) {
      const before = this.#url;
      const shown = response.data?.user.profilePicture;
      this.#url = shown?.url;
      this.#apply(action, shown?.id ?? null);
      if ((action === 'removePermanently' || action === 'deleteUser') && before !== undefined) {
        return await this.#isGone(before);
      }
    } else {
      expect(HARMLESS).toContain(code);
      expect(code === 'NOTHING_TO_RESTORE').toBe(action === 'restore' && this.#trash.length === 0);
    }
    return true;
  }

  /** Determines after a restart whether the last action took effect, and checks the state. */
  async settle(server: { url: string }): Promise<void> {
    const present = (await this.#read(server)).data?.user.profilePicture?.id ?? null;
    const unconfirmed = this.#unconfirmed;
    this.#unconfirmed = undefined;
    if (unconfirmed === 'deleteUser') {
      // The picture does not show whether the trash still exists. A client repeats the deletion.
      expect((await this.#send(server, unconfirmed)).errors).toBeUndefined();
      this.#apply(unconfirmed, null);
      return;
    }
    if (unconfirmed !== undefined && present !== this.#live) {
      this.#apply(unconfirmed, present);
    }
    expect(present).toBe(this.#live);
    // The restarted server has a different address.
    this.#url = undefined;
  }

  /** Applies an action to the expected state, and compares the result with the picture that the server shows. */
  #apply(action: Action, shown: string | null): void {
    const before = this.#live;
    if (action === 'upload') {
      expect([null, before, ...this.#trash, ...this.#gone]).not.toContain(shown);
      this.#live = shown;
    } else if (action === 'restore') {
      this.#live = this.#trash.pop() as string;
    } else if (action !== 'read') {
      this.#live = null;
    }
    if (before !== null && before !== this.#live) {
      (action === 'removePermanently' ? this.#gone : this.#trash).push(before);
    }
    if (action === 'deleteUser') {
      this.#gone.push(...this.#trash.splice(0));
    }
    this.#gone.push(...this.#trash.splice(0, Math.max(0, this.#trash.length - TRASH_LIMIT)));
    expect(shown).toBe(this.#live);
  }

  async #send(server: { url: string }, action: Action): Promise<GraphQLResponse<{ user: TestUser }>> {
    if (action === 'upload') {
      const response = await upload(server, await pictureFile(this.#pick(PICTURES)), {}, this.#headers);
      return { ...response, data: response.data && { user: response.data.uploadProfilePicture } };
    }
    if (action === 'read') {
      const response = await this.#read(server);
      await this.#loadRendition(response.data?.user.profilePicture?.srcSet);
      return response;
    }
    if (action === 'deleteUser') {
      const id = (await this.#read(server)).data?.user.id;
      const document = 'mutation ($id: ID!) { deleteUser(id: $id) { id } }';
      const { data, ...response } = await query(server, document, { id }, this.#headers);
      return data ? this.#read(server) : { ...response, data: undefined };
    }
    const response = await query<Record<string, TestUser>>(server, MUTATIONS[action], {}, this.#headers);
    const [user] = Object.values(response.data ?? {});
    return { ...response, data: user && { user } };
  }

  #read(server: { url: string }): Promise<GraphQLResponse<{ user: TestUser }>> {
    return query(server, `{ user: viewer { ${USER_FIELDS} } }`, {}, this.#headers);
  }

  /** Loads a random rendition and checks that it is complete. */
  async #loadRendition(srcSet: string | undefined): Promise<void> {
    if (srcSet !== undefined) {
      const response = await fetch(this.#pick(srcSet.split(', ')).split(' ')[0] as string);
      const bytes = await response.arrayBuffer();
      expect(response.status).toBe(200);
      await sharp(bytes, { failOn: 'error' }).raw().toBuffer();
    }
  }

  /** Checks that a picture can no longer be loaded. @returns false if the server does not respond. */
  async #isGone(url: string): Promise<boolean> {
    const response = await fetch(url).catch(() => undefined);
    expect([404, undefined]).toContain(response?.status);
    return response !== undefined;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
