import { builder } from './builder.ts';
import './scalars.ts';
import './user.ts';
import './profile-picture.ts';
import './upload-rules.ts';

/** The whole API; printed into schema.graphql by `npm run schema`. */
export const schema = builder.toSchema();
