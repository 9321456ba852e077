import { useReaderTime } from '../editor/use-reader-time.ts';

/** Shows a time; see {@link useReaderTime}. */
export function Timestamp({ at }: { readonly at: string }) {
  const time = useReaderTime(at);
  return <time dateTime={at}>{time}</time>;
}
