import { sql } from 'drizzle-orm';
import { pictures } from './schema.ts';

// These states are literals, not parameters, because Postgres uses a partial index only if it can see that the
// condition is met. Don't combine these conditions with an id. Postgres may expect that scanning the index of the few
// pending pictures reads fewer pages than a search by id. The scan would then read an entry for each picture that has
// been pending since the last vacuum.
export const isPending = sql`${pictures.state} = 'pending'`;
export const isLive = sql`${pictures.state} = 'live'`;
export const isTrash = sql`${pictures.state} = 'trash'`;
export const isDeleting = sql`${pictures.state} = 'deleting'`;
