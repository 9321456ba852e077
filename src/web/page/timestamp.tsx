import { useEffect, useState } from 'preact/hooks';

/**
 * Shows a time in the reader's own format and time zone. The server knows neither, so it renders the digits of ISO 8601
 * in UTC, which readers of every language understand.
 *
 * @param at ISO 8601 in UTC.
 */
export function Timestamp({ at }: { readonly at: string }) {
  const [inBrowser, setInBrowser] = useState(false);
  useEffect(() => setInBrowser(true), []);
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' });
  return (
    <time dateTime={at}>
      {inBrowser ? format.format(new Date(at)) : `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`}
    </time>
  );
}
