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
  /** For the table of latencies. */
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

/** Somebody signed in who changes their picture, one step after another, and expects to see what they did. */
export class Owner {
  readonly #client: LoadClient;
  readonly #token: string;
  #present: Picture | null = null;
  /** What can be restored, the last first to come back. */
  readonly #trash: Picture[] = [];

  constructor(client: LoadClient, token: string) {
    this.#client = client;
    this.#token = token;
  }

  /** @returns the URL of the new picture. */
  async upload({ kind, file, crop }: NewPicture): Promise<string> {
    const { user } = await this.#client.upload<Answer>(kind, UPLOAD, file, { crop }, this.#token);
    const picture = user.profilePicture as Picture;
    expect(picture).toMatchObject({ fileName: file.name, altText: null });
    expect(picture.id).not.toBe(this.#present?.id);
    this.#replaceBy(picture);
    return picture.url;
  }

  /** Does one of the things that can be done now, by a number from 0 to 1, and looks at the picture again. */
  async change(number: number): Promise<void> {
    const changes = [
      ...(this.#present === null ? [] : [() => this.#describe(), () => this.#remove()]),
      ...(this.#trash.length === 0 ? [] : [() => this.#restore()]),
    ];
    await changes[Math.floor(number * changes.length)]?.();
    await this.look();
  }

  async removePermanently(): Promise<void> {
    this.#present = null;
    await this.#expectPresent('remove permanently', REMOVE, { permanently: true });
  }

  async look(): Promise<void> {
    await this.#expectPresent('viewer', VIEWER);
  }

  async #describe(): Promise<void> {
    const altText = `Seen at ${performance.now()}`;
    this.#present = { ...(this.#present as Picture), altText };
    await this.#expectPresent('describe', DESCRIBE, { altText });
  }

  async #remove(): Promise<void> {
    this.#replaceBy(null);
    await this.#expectPresent('remove', REMOVE, { permanently: false });
  }

  async #restore(): Promise<void> {
    this.#replaceBy(this.#trash.pop() as Picture);
    await this.#expectPresent('restore', RESTORE);
  }

  #replaceBy(picture: Picture | null): void {
    if (this.#present !== null) {
      this.#trash.push(this.#present);
      this.#trash.splice(0, this.#trash.length - TRASH_LIMIT);
    }
    this.#present = picture;
  }

  async #expectPresent(kind: string, document: string, variables: object = {}): Promise<void> {
    const { user } = await this.#client.query<Answer>(kind, document, variables, this.#token);
    expect(user.profilePicture).toEqual(this.#present);
  }
}
