import type { PortraitFragment } from './generated/graphql.ts';

/** The current picture of a user. */
export type Picture = NonNullable<PortraitFragment['profilePicture']>;

/** Edge length in CSS pixels of the large picture of the page. */
export const PORTRAIT_EDGE = 224;
