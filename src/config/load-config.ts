import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import * as v from 'valibot';
import type { Environment } from './environment.ts';
import { faultsBetween } from './faults.ts';
import { type Config, VARIABLES } from './variables.ts';

export type { Environment } from './environment.ts';
export type { Config } from './variables.ts';

/** The environment has invalid values. The message lists all of them. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Reads the environment and the file `.env`. The environment has precedence. Throws ConfigError. */
export function loadConfig(): Config {
  return parseConfig(readEnvironment());
}

function readEnvironment(): Environment {
  const file = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { ...file, ...process.env };
}

/**
 * Reads the configuration of a move's target: the current one with these URLs. Variables with the prefix `TO_`, such as
 * TO_S3_ENDPOINT, override those without it. Throws ConfigError.
 */
export function loadMovedConfig(
  urls: { readonly [Name in 'DATABASE_URL' | 'STORAGE_URL']?: string },
): Config {
  return parseConfig(movedEnvironment(readEnvironment(), urls));
}

function movedEnvironment(environment: Environment, urls: Environment): Environment {
  const isBucket = (urls['STORAGE_URL'] ?? environment['STORAGE_URL'])?.startsWith('s3:') === true;
  const present = Object.entries(environment).filter(([name]) => isBucket || !name.startsWith('S3_'));
  const changed = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('TO_') ? [[name.slice('TO_'.length), value] as const] : [],
  );
  return { ...Object.fromEntries([...present, ...changed]), ...urls };
}

/** Parses an environment. An empty value counts as unset. Throws ConfigError. */
export function parseConfig(environment: Environment): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = v.safeParse(VARIABLES, set, { abortPipeEarly: true });
  const unusable = (parsed.issues ?? []).map((issue) => ({
    name: v.getDotPath(issue),
    message: issue.message,
  }));
  const faults = unusable.map(({ name, message }) => `${name} ${message}.`);
  for (const { name, message } of faultsBetween(set)) {
    // Skip variables whose value is already reported.
    if (!unusable.some((other) => other.name === name)) {
      faults.push(message);
    }
  }
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(faults);
  }
  return parsed.output;
}
