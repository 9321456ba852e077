import { useEffect, useState } from 'preact/hooks';
import { useLanguage } from '../messages/use-language.ts';

/**
 * Returns a time in the reader's own format and time zone. The server knows neither, so it renders the digits of ISO
 * 8601 in UTC, which readers of every language understand.
 * @param at ISO 8601 in UTC, or an empty text for none.
 */
export function useReaderTime(at: string): string {
  const [inBrowser, setInBrowser] = useState(false);
  useEffect(() => setInBrowser(true), []);
  const { formatTime } = useLanguage();
  if (at === '') {
    return '';
  }
  return inBrowser ? formatTime(new Date(at)) : `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
