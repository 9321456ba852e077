import { expect } from 'vitest';
import { TRASH_LIMIT } from '../../src/database/database.ts';
import type { LoadClient } from './load-client.ts';

interface Picture {
  readonly id: string;
  readonly fileName: string;
  readonly altText: string | null;
  readonly url: string;
}

interface Answer {
  readonly user: { readonly profilePicture: Picture | null };
}

export interface NewPicture {
  /** Kind of request in the latency table. */
  readonly kind: string;
  readonly file: File;
  readonly crop?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

const FIELDS = 'id profilePicture { id fileName altText url(size: 256) }';
const UPLOAD = `mutation ($file: File!, $crop: CropInput) {
  user: uploadProfilePicture(file: $file, crop: $crop) { ${FIELDS} }
}`;
const DESCRIBE = `mutation ($altText: String!) { user: updateProfilePicture(altText: $altText) { ${FIELDS} } }`;
const REMOVE = `mutation ($permanently: Boolean!) {
  user: removeProfilePicture(permanently: $permanently) { ${FIELDS} }
}`;
const RESTORE = `mutation { user: restoreProfilePicture { ${FIELDS} } }`;
const VIEWER = `{ user: viewer { ${FIELDS} } }`;

/** A signed-in user who changes their picture, one step after another, and checks the result of each step. */
export class Owner {
  readonly #client: LoadClient;
  readonly #token: string;
  #current: Picture | null = null;
  /** Pictures that can be restored. The last is restored first. */
  readonly #trash: Picture[] = [];

  constructor(client: LoadClient, token: string) {
    this.#client = client;
    this.#token = token;
  }

  /** Uploads a picture. @returns its URL. */
  async upload({ kind, file, crop }: NewPicture): Promise<string> {
    const { user } = await this.#client.upload<Answer>(kind, UPLOAD, file, { crop }, this.#token);
    const picture = user.profilePicture as Picture;
    expect(picture).toMatchObject({ fileName: file.name, altText: null });
    expect(picture.id).not.toBe(this.#current?.id);
    this.#replaceBy(picture);
    return picture.url;
  }

  /** Makes one of the possible changes, selected by a number from 0 to 1, and checks the picture again. */
  async change(number: number): Promise<void> {
    const changes = [
      ...(this.#current === null ? [] : [() => this.#describe(), () => this.#remove()]),
      ...(this.#trash.length === 0 ? [] : [() => this.#restore()]),
    ];
    await changes[Math.floor(number * changes.length)]?.();
    await this.check();
  }

  async removePermanently(): Promise<void> {
    this.#current = null;
    await this.#expectCurrent('remove permanently', REMOVE, { permanently: true });
  }

  async check(): Promise<void> {
    await this.#expectCurrent('viewer', VIEWER);
  }

  async #describe(): Promise<void> {
    const altText = `Seen at ${performance.now()}`;
    this.#current = { ...(this.#current as Picture), altText };
    await this.#expectCurrent('describe', DESCRIBE, { altText });
  }

  async #remove(): Promise<void> {
    this.#replaceBy(null);
    await this.#expectCurrent('remove', REMOVE, { permanently: false });
  }

  async #restore(): Promise<void> {
    this.#replaceBy(this.#trash.pop() as Picture);
    await this.#expectCurrent('restore', RESTORE);
  }

  #replaceBy(picture: Picture | null): void {
    if (this.#current !== null) {
      this.#trash.push(this.#current);
      this.#trash.splice(0, this.#trash.length - TRASH_LIMIT);
    }
    this.#current = picture;
  }

  async #expectCurrent(kind: string, document: string, variables: object = {}): Promise<void> {
    const { user } = await this.#client.query<Answer>(kind, document, variables, this.#token);
    expect(user.profilePicture).toEqual(this.#current);
  }
}
