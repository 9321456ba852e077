import { builder } from './builder.ts';
import './scalars.ts';
import './user.ts';
import './profile-picture.ts';
import './picture-mutations.ts';
import './upload-block.ts';
import './delete-user.ts';
import './upload-rules.ts';

/** The whole schema. `npm run schema` prints it to schema.graphql. */
export const schema = builder.toSchema();
