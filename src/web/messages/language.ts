import type { Translation } from './messages.ts';
import { createFill, createSay, type Say } from './say.ts';

export interface LanguageOptions {
  /** Sentences that replace English ones. */
  readonly messages?: Translation | undefined;
  /**
   * BCP 47 tag of the language of the messages, such as `de` or `pt-BR`. Default: English, and dates in the browser's
   * own format.
   */
  readonly locale?: string | undefined;
}

/** Sentences and formats of the interface in one language. */
export interface Language {
  /** BCP 47 tag of the sentences. */
  readonly locale: string;
  readonly say: Say;
  /** Returns the sentence for an error of the server. @param message the server's own sentence. */
  sayError(code: string | undefined, message: string): string;
  /** Formats a size for display, such as `172.8 KiB`. */
  formatBytes(bytes: number): string;
  /** Lists media types of pictures for use in a sentence, such as `JPEG, PNG, WebP, GIF, or AVIF`. */
  listTypes(mediaTypes: readonly string[]): string;
  /** Formats a date with its time in the browser's time zone. */
  formatTime(time: Date): string;
}

const ENGLISH_LOCALE = 'en';

/** Creates the language of the interface. Throws RangeError if the locale is not a BCP 47 tag. */
export function createLanguage({ messages = {}, locale }: LanguageOptions = {}): Language {
  const language = locale ?? ENGLISH_LOCALE;
  const say = createSay(messages, language);
  const fill = createFill(language);
  const size = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const alternatives = new Intl.ListFormat(language, { type: 'disjunction' });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' });
  return {
    locale: language,
    say,
    sayError(code, message) {
      const { errors = {} } = messages;
      const text = code !== undefined && Object.hasOwn(errors, code) ? errors[code] : undefined;
      return text === undefined ? message : fill(text, { message });
    },
    formatBytes: (bytes) => {
      if (bytes < 1024) {
        return say('bytes', { count: bytes });
      }
      return bytes < 1024 ** 2
        ? say('kibibytes', { size: size.format(bytes / 1024) })
        : say('mebibytes', { size: size.format(bytes / 1024 ** 2) });
    },
    listTypes: (mediaTypes) => alternatives.format(mediaTypes.map(typeName)),
    formatTime: (date) => time.format(date),
  };
}

function typeName(mediaType: string): string {
  const name = mediaType.replace('image/', '');
  return name === 'webp' ? 'WebP' : name.toUpperCase();
}
