import { InvalidInputError } from '../pictures/errors.ts';

/** A time of RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), without leap seconds. */
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** The first time that a DateTime cannot express, because RFC 3339 has years of four digits. */
const END = Date.UTC(10_000, 0);

/** Parses a DateTime of a client, to the millisecond. Throws InvalidInputError. */
export function parseDateTime(value: unknown): Date {
  const [text, day] = (typeof value === 'string' && DATE_TIME.exec(value)) || [];
  const date = new Date(text?.toUpperCase() ?? Number.NaN);
  // JavaScript turns 30 February into 2 March.
  if (day === undefined || !isDay(day) || !(date.getTime() >= 0 && date.getTime() < END)) {
    throw new InvalidInputError(
      'A DateTime is a time since 1970 as RFC 3339 defines it, such as "2026-11-23T10:15:30Z".',
    );
  }
  return date;
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
