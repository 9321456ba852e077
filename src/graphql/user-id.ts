import { isUserId, USER_ID_RULE } from '../auth/viewer.ts';
import { InvalidInputError } from '../pictures/errors.ts';
import { limits } from './field-limits.ts';

/** Throws InvalidInputError unless a text can be the id of a user. */
export function checkUserId(id: string): void {
  if (!isUserId(id)) {
    throw new InvalidInputError(`A user id has ${USER_ID_RULE}.`);
  }
}

/** A mutation costs as much as 500 fields. */
export const MUTATION_COST = 500;

/** Extensions of a mutation for a user. */
export const MUTATION_OF_USER = limits<{ userId?: string | null }>({
  cost: MUTATION_COST,
  check: ({ userId }) => {
    if (userId != null) {
      checkUserId(userId);
    }
  },
});
