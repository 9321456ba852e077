import * as v from 'valibot';
import { isPrivateHost } from '../auth/private-host.ts';

// Schemas for the variables of webhooks. Error messages never quote a value, because it may contain a secret.

const MAX_URL_LENGTH = 2_000;

/** Accepts the URL of an endpoint. */
export const webhookUrl = v.pipe(
  v.string(),
  v.maxLength(MAX_URL_LENGTH, `must have at most ${MAX_URL_LENGTH} characters`),
  v.check(
    (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
    'must be a URL such as https://app.example.com/webhooks/portrait',
  ),
  v.check(
    (text) => isPrivateIfPlain(new URL(text)),
    'must be an https URL, or an http URL on this machine or in a private network',
  ),
  v.check(
    (text) => hasNoCredentials(new URL(text)),
    'must not contain a user, a password or a fragment. WEBHOOK_SECRET authenticates each webhook',
  ),
);

function isPrivateIfPlain({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isPrivateHost(hostname);
}

function hasNoCredentials({ username, password, hash }: URL): boolean {
  return username === '' && password === '' && hash === '';
}

const SECRET_PREFIX = 'whsec_';
/**
 * Bytes of a secret:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
 */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** The new secret and the old one, during a rotation. */
const MAX_SECRETS = 2;
const EXAMPLE = 'for example from `echo whsec_$(openssl rand -base64 32)`';

/** Accepts one secret, or two separated by a space. Returns their bytes. */
export const webhookSecrets = v.pipe(
  v.string(),
  v.transform((text) => text.split(' ').filter((secret) => secret !== '')),
  v.minLength(1, `must be a secret, ${EXAMPLE}`),
  v.maxLength(MAX_SECRETS, 'must be one secret, or two separated by a space during a rotation'),
  v.everyItem((secret) => secret.startsWith(SECRET_PREFIX), `must begin with "${SECRET_PREFIX}", ${EXAMPLE}`),
  v.transform((secrets) => secrets.map((secret) => secret.slice(SECRET_PREFIX.length))),
  v.everyItem(isBase64, `must be "${SECRET_PREFIX}" followed by base64 with its padding, ${EXAMPLE}`),
  v.transform((secrets) => secrets.map((secret) => Buffer.from(secret, 'base64'))),
  v.everyItem(
    ({ length }) => length >= MIN_SECRET_BYTES && length <= MAX_SECRET_BYTES,
    `must be the base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes, ${EXAMPLE}`,
  ),
  v.check(
    ([first, second]) => first === undefined || second === undefined || !first.equals(second),
    'must be two different secrets during a rotation',
  ),
);

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
