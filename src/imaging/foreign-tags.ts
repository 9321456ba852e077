/** Lowercase byte sequences by which other programs find a script, document or archive inside any file. */
const FOREIGN_TAGS = ['<?php', '<?=', '<script', '%pdf', 'pk\x03\x04'];

/**
 * Returns whether a rendition contains a tag of another file type. The encoders and their settings are public, so an
 * attacker can choose pixels whose encoding contains such a tag. Removing metadata and shrinking the picture do not
 * prevent that.
 */
export function containsForeignTag(bytes: Buffer): boolean {
  const text = bytes.toString('latin1').toLowerCase();
  return FOREIGN_TAGS.some((tag) => text.includes(tag));
}
