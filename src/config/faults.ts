import * as v from 'valibot';
import { isLoopback } from '../auth/loopback.ts';
import type { Environment } from './environment.ts';
import { isInside, STATIC_DIRECTORY } from './served.ts';
import { VARIABLES } from './variables.ts';

/** A combination of variables that the server does not accept. */
export interface Fault {
  /** Name of the variable that the operator has to change. */
  readonly name: string;
  readonly message: string;
}

const WILDCARDS = new Set(['0.0.0.0', '::', '[::]', '*']);

/** Variables that contain paths. */
const PLACES = v.pick(VARIABLES, ['DATABASE_URL', 'STORAGE_URL', 'UPLOADS_DIR']);

/** Returns errors in combinations of variables. VARIABLES checks each value. @param set the variables that are set. */
export function faultsBetween(set: Environment): Fault[] {
  return [...authFaults(set), ...s3Faults(set), ...webhookFaults(set), ...placeFaults(set)];
}

function authFaults(set: Environment) {
  const { HOST = '127.0.0.1', PUBLIC_URL, AUTH_SECRET, AUTH_JWKS_URL } = set;
  const needsKeys = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_COOKIE'].filter((name) => name in set);
  const hasKeys = AUTH_SECRET !== undefined || AUTH_JWKS_URL !== undefined;
  const rules = [
    {
      name: 'PUBLIC_URL',
      broken: WILDCARDS.has(HOST) && PUBLIC_URL === undefined,
      message: `PUBLIC_URL must be set when HOST is ${HOST}.`,
    },
    {
      name: 'AUTH_JWKS_URL',
      broken: AUTH_SECRET !== undefined && AUTH_JWKS_URL !== undefined,
      message: 'AUTH_SECRET and AUTH_JWKS_URL cannot both be set.',
    },
    ...needsKeys.map((name) => ({
      name,
      broken: !hasKeys,
      message: `${name} requires AUTH_SECRET or AUTH_JWKS_URL.`,
    })),
  ];
  const broken = rules.filter((rule) => rule.broken);
  return hasKeys || needsKeys.length > 0 ? broken : [...broken, ...demoModeFaults(set)];
}

/** Returns errors for variables that require another variable. */
function s3Faults(set: Environment) {
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const rules = [
    ...['S3_ENDPOINT', 'S3_FORCE_PATH_STYLE'].map((name) => ({
      name,
      broken: name in set && !set['STORAGE_URL']?.startsWith('s3:'),
      message: `${name} requires STORAGE_URL=s3://...`,
    })),
    ...keys.map((name) => ({
      name,
      broken:
        name in set && !keys.every((key) => key in set) && set['STORAGE_URL']?.startsWith('s3:') === true,
      message: `${keys.join(' and ')} must be set together.`,
    })),
  ];
  return rules.filter(({ broken }) => broken);
}

/** Returns an error if only one of the variables of webhooks is set. */
function webhookFaults(set: Environment) {
  const names = ['WEBHOOK_URL', 'WEBHOOK_SECRET'];
  const missing = names.filter((name) => !(name in set));
  return missing.length === 1
    ? missing.map((name) => ({
        name,
        message: `${name} is missing. ${names.join(' and ')} must be set together.`,
      }))
    : [];
}

/** Returns errors for a database or an uploads folder in a published folder, where every client could read it. */
function placeFaults(set: Environment) {
  const { success, output } = v.safeParse(PLACES, set);
  if (!success) {
    return [];
  }
  const { DATABASE_URL, STORAGE_URL, UPLOADS_DIR } = output;
  const served = [
    {
      what: 'the folder of STORAGE_URL',
      folder: 'directory' in STORAGE_URL ? STORAGE_URL.directory : undefined,
    },
    { what: `the folder ${STATIC_DIRECTORY}`, folder: STATIC_DIRECTORY },
  ];
  const kept = [
    { name: 'DATABASE_URL', path: DATABASE_URL.dialect === 'sqlite' ? DATABASE_URL.path : undefined },
    { name: 'UPLOADS_DIR', path: UPLOADS_DIR },
  ];
  return kept.flatMap(({ name, path }) => {
    const place = served.find(
      ({ folder }) => path !== undefined && folder !== undefined && isInside(path, folder),
    );
    return place === undefined
      ? []
      : [
          {
            name,
            message: `${name} is inside ${place.what}, which the server publishes. Choose another path.`,
          },
        ];
  });
}

/** Returns errors for settings that expose demo mode to other machines. In demo mode, every client is the same user. */
function demoModeFaults({ HOST = '127.0.0.1', PUBLIC_URL, NODE_ENV }: Environment) {
  const publicHost = URL.parse(PUBLIC_URL ?? '')?.hostname;
  const rules = [
    {
      name: 'NODE_ENV',
      broken: NODE_ENV === 'production',
      message:
        'NODE_ENV is "production", but in demo mode every client is the user "demo". Set AUTH_SECRET or AUTH_JWKS_URL.',
    },
    {
      name: 'HOST',
      broken: !isLoopback(HOST),
      message: `HOST is ${HOST}, but demo mode serves only this machine. Set AUTH_SECRET or AUTH_JWKS_URL, or use 127.0.0.1.`,
    },
    {
      name: 'PUBLIC_URL',
      broken: publicHost !== undefined && !isLoopback(publicHost),
      message:
        'PUBLIC_URL is not on this machine, but demo mode serves only this machine. Set AUTH_SECRET or AUTH_JWKS_URL.',
    },
  ];
  return rules.filter(({ broken }) => broken);
}
