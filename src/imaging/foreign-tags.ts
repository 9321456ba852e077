/** By these, other programs find a script, a document or an archive inside of any file. In lower case. */
const FOREIGN_TAGS = ['<?php', '<?=', '<script', '%pdf', 'pk\x03\x04'];

/**
 * Whether a file of ours holds a tag of what it is not. Pixels can be chosen so that their encoding does, since the
 * encoders and their settings are known: no metadata is needed for it, and no shrinking prevents it.
 */
export function holdsForeignTag(bytes: Buffer): boolean {
  const text = bytes.toString('latin1').toLowerCase();
  return FOREIGN_TAGS.some((tag) => text.includes(tag));
}
