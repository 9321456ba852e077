import sharp from 'sharp';
import { expect } from 'vitest';
import { TRASH_LIMIT } from '../../src/database/database.ts';
import { type GraphQLAnswer, query, type TestUser, USER_FIELDS, upload } from './graphql.ts';
import { pictureFile } from './pictures.ts';

const PICTURES = ['photo.webp', 'cmyk.jpg', 'orientation-6.jpg', 'transparent.png', 'animated.gif'];
/** Those that are seldom needed stand once. */
const ACTIONS = [
  'upload',
  'upload',
  'upload',
  'remove',
  'removeForGood',
  'restore',
  'restore',
  'read',
] as const;

type Action = (typeof ACTIONS)[number];

const MUTATIONS = {
  remove: `mutation { removeProfilePicture { ${USER_FIELDS} } }`,
  removeForGood: `mutation { removeProfilePicture(permanently: true) { ${USER_FIELDS} } }`,
  restore: `mutation { restoreProfilePicture { ${USER_FIELDS} } }`,
};

/** Refusals that change nothing. A decoder may have been killed. */
const HARMLESS = new Set(['UNREADABLE_IMAGE', 'NOTHING_TO_RESTORE', 'SERVER_BUSY']);

/**
 * A user who does one thing after the other, chosen at random, and knows what must come of it. When the server dies,
 * only the last thing is in doubt: it has happened, or it has not.
 */
export class ModelledUser {
  readonly #headers: Record<string, string>;
  readonly #random: () => number;
  #live: string | null = null;
  /** What came last stands last. */
  readonly #trash: string[] = [];
  readonly #gone: string[] = [];
  #doubt: Action | undefined;
  /** Where the present picture can be loaded from. */
  #url: string | undefined;

  /** @param headers sign the user in. */
  constructor(headers: Record<string, string>, random: () => number) {
    this.#headers = headers;
    this.#random = random;
  }

  /** Pictures that must be there. */
  get kept(): string[] {
    return this.#live === null ? [...this.#trash] : [...this.#trash, this.#live];
  }

  /** Pictures of which nothing may be left. */
  get gone(): readonly string[] {
    return this.#gone;
  }

  /** Does something and checks its answer. @returns false if the server is gone. */
  async act(server: { url: string }): Promise<boolean> {
    const action = this.#pick(ACTIONS);
    this.#doubt = action;
    const answer = await this.#send(server, action).catch(() => undefined);
    if (answer === undefined) {
      return false;
    }
    this.#doubt = undefined;
    const code = answer.errors?.[0]?.extensions.code;
    if (code === undefined) {
      const before = this.#url;
      const shown = answer.data?.user.profilePicture;
      this.#url = shown?.url;
      this.#happened(action, shown?.id ?? null);
      if (action === 'removeForGood' && before !== undefined) {
        return await this.#isGone(before);
      }
    } else {
      expect(HARMLESS).toContain(code);
      expect(code === 'NOTHING_TO_RESTORE').toBe(action === 'restore' && this.#trash.length === 0);
    }
    return true;
  }

  /** After a start: finds out what became of the last thing, and checks the rest. */
  async settle(server: { url: string }): Promise<void> {
    const present = (await this.#read(server)).data?.user.profilePicture?.id ?? null;
    const doubt = this.#doubt;
    this.#doubt = undefined;
    if (doubt !== undefined && present !== this.#live) {
      this.#happened(doubt, present);
    }
    expect(present).toBe(this.#live);
    // The server has another address now.
    this.#url = undefined;
  }

  /** Takes over what must have changed, and compares it with the picture that is shown now. */
  #happened(action: Action, shown: string | null): void {
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
      (action === 'removeForGood' ? this.#gone : this.#trash).push(before);
    }
    this.#gone.push(...this.#trash.splice(0, Math.max(0, this.#trash.length - TRASH_LIMIT)));
    expect(shown).toBe(this.#live);
  }

  async #send(server: { url: string }, action: Action): Promise<GraphQLAnswer<{ user: TestUser }>> {
    if (action === 'upload') {
      const answer = await upload(server, await pictureFile(this.#pick(PICTURES)), {}, this.#headers);
      return { ...answer, data: answer.data && { user: answer.data.uploadProfilePicture } };
    }
    if (action === 'read') {
      const answer = await this.#read(server);
      await this.#look(answer.data?.user.profilePicture?.srcSet);
      return answer;
    }
    const answer = await query<Record<string, TestUser>>(server, MUTATIONS[action], {}, this.#headers);
    const [user] = Object.values(answer.data ?? {});
    return { ...answer, data: user && { user } };
  }

  #read(server: { url: string }): Promise<GraphQLAnswer<{ user: TestUser }>> {
    return query(server, `{ user: viewer { ${USER_FIELDS} } }`, {}, this.#headers);
  }

  /** Loads a rendition, which must be whole. */
  async #look(srcSet: string | undefined): Promise<void> {
    if (srcSet !== undefined) {
      const response = await fetch(this.#pick(srcSet.split(', ')).split(' ')[0] as string);
      const bytes = await response.arrayBuffer();
      expect(response.status).toBe(200);
      await sharp(bytes, { failOn: 'error' }).raw().toBuffer();
    }
  }

  /** Nothing may be left to load. @returns false if the server is gone. */
  async #isGone(url: string): Promise<boolean> {
    const response = await fetch(url).catch(() => undefined);
    expect([404, undefined]).toContain(response?.status);
    return response !== undefined;
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
