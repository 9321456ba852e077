import { expect, it } from 'vitest';
import type { PictureDatabase } from '../../src/database/database.ts';
import { ANN } from '../support/writers.ts';

const [TRASHED, LIVE] = ['a', 'b'].map((digit) => `pic_${digit.repeat(32)}`);

/**
 * SQL that adds a user with a live picture and one in the trash, as versions without blocks stored them.
 * @param time expression for a time. @param sizes expression for the edge lengths.
 */
function rowsOfEarlierVersion(schema: string, time: string, sizes: string): string {
  const picture = (id: string, state: string, trashed: string) =>
    `('${id}', 'ann', '${state}', 'path/${id}', 'me.jpg', ${time}, ${trashed}, 64, 64, ${sizes}, '', '#000000')`;
  return `INSERT INTO ${schema}users (id, name, settled_sequence) VALUES ('ann', 'Ann', 2);
    INSERT INTO ${schema}pictures (id, user_id, state, path, file_name, accepted_at, trashed_at, trashed_order,
      width, height, sizes, placeholder, dominant_color)
    VALUES ${picture(TRASHED as string, 'trash', `${time}, 1`)}, ${picture(LIVE as string, 'live', 'NULL, NULL')}`;
}

export interface EarlierDatabase {
  readonly schema: string;
  readonly time: string;
  readonly sizes: string;
  /** Opens a database that an earlier version created and filled with these rows. */
  open(sql: string): Promise<PictureDatabase>;
}

/** Registers the test that a database of an earlier version can be used. */
export function describeMigration(name: string, { schema, time, sizes, open }: EarlierDatabase): void {
  it(`${name}: users of an earlier version are not blocked, and can restore their trash`, async () => {
    const database = await open(rowsOfEarlierVersion(schema, time, sizes));
    const now = new Date();
    const found = (await database.findRestricted(['ann'], 'ann', now)).get('ann');
    expect(found).toMatchObject({ previousPicture: { id: TRASHED }, uploadBlock: null });
    expect((await database.restore(ANN, now))?.picture).toBe(TRASHED);
    expect((await database.findUsers(['ann'])).get('ann')).toMatchObject({
      name: 'Ann',
      picture: { id: TRASHED },
    });
    expect(await database.stateOf(LIVE as string)).toBe('trash');
  });
}
