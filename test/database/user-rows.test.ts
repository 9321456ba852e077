import { describe, expect, it } from 'vitest';
import { createUserMapper, type UserRow } from '../../src/database/user-rows.ts';

const DETAILS = { width: 64, height: 64, placeholder: 'data:', dominantColor: '#000000' };

/** Returns the row of a user with a picture whose sizes are stored as this JSON. */
function rowOf(id: string, sizes: string | null): UserRow<number, string> {
  return [id, 'Ann', `pic-${id}`, `path-${id}`, 'me.jpg', null, 1_000, 64, 64, sizes, 'data:', '#000000'];
}

describe('A row of a user', () => {
  it('becomes a user with or without a picture, and equal sizes are converted once', () => {
    const converted: string[] = [];
    const toUsers = createUserMapper<number, string>({
      toDate: (time) => new Date(time),
      toSizes(json) {
        converted.push(json);
        return JSON.parse(json);
      },
    });
    // More lists than the mapper remembers.
    const lists = Array.from({ length: 200 }, (_, index) => `[${index},500]`);
    const rows = lists.map((sizes, index) => rowOf(`user-${index}`, sizes));
    const users = toUsers([...rows, rowOf('last', '[0,500]')]);
    expect(converted).toEqual(lists);
    expect([...users.values()].map(({ picture }) => picture?.sizes[0])).toEqual([...lists.keys(), 0]);
    expect(users.get('last')).toEqual({
      id: 'last',
      name: 'Ann',
      picture: {
        ...DETAILS,
        id: 'pic-last',
        path: 'path-last',
        userId: 'last',
        fileName: 'me.jpg',
        altText: null,
        acceptedAt: new Date(1_000),
        sizes: [0, 500],
      },
    });
    const [, , , ...columns] = rowOf('bob', null);
    expect(toUsers([['bob', null, null, ...columns]]).get('bob')).toEqual({
      id: 'bob',
      name: null,
      picture: null,
    });
  });

  it('is rejected if its picture has not been rendered', () => {
    const toUsers = createUserMapper<number, string>({
      toDate: (time) => new Date(time),
      toSizes: JSON.parse,
    });
    expect(() => toUsers([rowOf('ann', null)])).toThrow('The row of the picture pic-ann is incomplete.');
  });
});
