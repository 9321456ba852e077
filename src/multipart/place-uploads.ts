import { MalformedRequestError, TooManyFilesError } from './errors.ts';
import { FIELD_NAMES } from './field-names.ts';
import { parseJson } from './parse-json.ts';
import { Upload } from './upload.ts';

/** A GraphQL request in JSON. Its values are validated when it is executed. */
export type Operation = Record<string, unknown>;

/** The `operations` field: one operation, or a batch of them. */
export type Operations = Operation | Operation[];

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

const NOT_FOUND = 'It does not exist in "operations". Send null at this path.';

/** Parses the `operations` field. Throws MalformedRequestError or RequestTooLargeError. */
export function parseOperations(json: string): Operations {
  const operations = parseJson('The field "operations"', json);
  const list = Array.isArray(operations) ? operations : [operations];
  if (list.length === 0 || !list.every(isObject)) {
    throw new MalformedRequestError(
      'The field "operations" must be a JSON object with "query" and "variables", or a list of such objects.',
    );
  }
  return operations as Operations;
}

/**
 * Parses the `map` field into lists of paths by part name. A file with two paths counts twice, because it is used
 * twice.
 * Throws MalformedRequestError, RequestTooLargeError or TooManyFilesError.
 */
export function parseMap(json: string, maxFiles: number): Map<string, string[]> {
  const map = parseJson('The field "map"', json);
  if (!isObject(map)) {
    throw new MalformedRequestError(
      'The field "map" must be a JSON object, such as {"file":["variables.file"]}.',
    );
  }
  const entries = Object.entries(map);
  for (const [part, paths] of entries) {
    if (FIELD_NAMES.has(part)) {
      throw new MalformedRequestError(
        `In the field "map", a file has the part name "${part}", which is the name of a field. ` +
          'Use a name such as "file".',
      );
    }
    if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === 'string')) {
      throw new MalformedRequestError(
        `In the field "map", the entry ${JSON.stringify(part)} must be a list of paths, such as ["variables.file"].`,
      );
    }
  }
  // All values are lists of strings, so a string before a colon is the name of a part.
  const names = [...json.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(([, colon]) => colon === ':');
  if (names.length > entries.length) {
    throw new MalformedRequestError(
      'The field "map" lists the same part twice. List all its paths in one entry.',
    );
  }
  const places = entries.reduce((count, [, paths]) => count + (paths as string[]).length, 0);
  if (places > maxFiles) {
    throw new TooManyFilesError(maxFiles);
  }
  return new Map(entries as [string, string[]][]);
}

/**
 * Places a separate upload at every path that `map` names. Changes `operations` itself. Adds `variables` to operations
 * that have none, but creates no other objects, lists or list entries for a path.
 * Throws MalformedRequestError.
 */
export function placeUploads(
  operations: Operations,
  map: ReadonlyMap<string, readonly string[]>,
  createUpload: (part: string) => Upload,
): Map<string, Upload[]> {
  const uploads = new Map<string, Upload[]>();
  for (const [part, paths] of map) {
    const placed = paths.map((path) => place(operations, path, createUpload(part)));
    uploads.set(part, placed);
  }
  return uploads;
}

function place(operations: Operations, path: string, upload: Upload): Upload {
  const keys = path.split('.');
  const variablesAt = Array.isArray(operations) ? 1 : 0;
  if (keys[variablesAt] !== 'variables' || keys.length < variablesAt + 2) {
    throw invalidPath(
      path,
      'It does not point into "variables". Use a path such as "variables.file", or "0.variables.file" in a batch.',
    );
  }
  const last = keys.pop() as string;
  let target: unknown = operations;
  for (const [depth, key] of keys.entries()) {
    if (depth === variablesAt) {
      addVariables(target);
    }
    target = step(target, key, path);
  }
  if (Array.isArray(target)) {
    step(target, last, path);
  } else if (!isObject(target) || FORBIDDEN_KEYS.has(last)) {
    throw invalidPath(path, NOT_FOUND);
  }
  const container = target as Record<string, unknown>;
  const present = Object.hasOwn(container, last) ? container[last] : null;
  if (present instanceof Upload) {
    throw invalidPath(path, 'It is listed twice. List each path once.');
  }
  if (present !== null && !isObject(present)) {
    throw invalidPath(path, 'Its value in "operations" must be null.');
  }
  container[last] = upload;
  return upload;
}

/** Adds `variables` to an operation that has none, because they are optional in a GraphQL request. */
function addVariables(operation: unknown): void {
  if (isObject(operation)) {
    operation['variables'] ??= {};
  }
}

function step(container: unknown, key: string, path: string): unknown {
  const exists = Array.isArray(container)
    ? /^(0|[1-9]\d*)$/.test(key) && Number(key) < container.length
    : isObject(container) && !FORBIDDEN_KEYS.has(key) && Object.hasOwn(container, key);
  if (!exists) {
    throw invalidPath(path, NOT_FOUND);
  }
  return (container as Record<string, unknown>)[key];
}

function invalidPath(path: string, reason: string): MalformedRequestError {
  return new MalformedRequestError(
    `The path ${JSON.stringify(path)} in the field "map" cannot be used. ${reason}`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Upload);
}
