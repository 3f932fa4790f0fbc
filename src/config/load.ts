import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { assemble } from './assemble.ts';
import type { ReadingBeside } from './beside.ts';
import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { type ConfigError, ConfigRefused } from './error.ts';
import { expandNames } from './expand-names.ts';
import { readSchemas, type ReadTypes } from './graphql.ts';
import { readApis } from './openapi.ts';
import { parseShape } from './shape.ts';
import { Source } from './source.ts';

/**
 * Reads a configuration.
 * @throws ConfigRefused with all that is wrong, or that the file cannot be read
 */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = why === 'ENOENT' ? 'there is no such file' : `cannot be read: ${why}`;
    throw new ConfigRefused([{ file, line: 1, column: 1, message }], '');
  });
  const beside = new Map<string, string>();
  const read = (each: string): string | undefined => {
    const found = textOf(each);
    beside.set(each, found ?? '');
    return found;
  };
  const config = parseSafely(text, path, { read, readTypes: await typesReader(text) });
  if (Array.isArray(config)) throw new ConfigRefused(config, digestOf(text, [...beside.values()]));
  return config;
}

/** What reads schemas of GraphQL, which takes a while to load, where a configuration may name one. */
export async function typesReader(text: string): Promise<ReadTypes> {
  return text.includes('graphql') ? (await import('../wire/graphql/types.ts')).readTypes : unread;
}

function unread(): never {
  throw new Error('a schema cannot be read here');
}

/** A fault of the gateway's own must not end it when somebody edits the file: it is a refusal, too. */
function parseSafely(text: string, path: string, by: Reading): Config | ConfigError[] {
  try {
    return parseConfig(text, path, by);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ file: path, line: 1, column: 1, message: `cannot be checked: ${why}` }];
  }
}

interface Reading extends ReadingBeside {
  readonly readTypes: ReadTypes;
}

/**
 * A configuration from its text, and from the files of its folder that it names.
 * @param fileName absolute; paths in the text are relative to its folder
 */
export function parseConfig(
  text: string,
  fileName: string,
  by: Partial<Reading> = {},
): Config | ConfigError[] {
  const { read = textOf, readTypes = unread, unreadable } = by;
  const source = new Source(text, fileName);
  const shape = source.errors.length === 0 ? parseShape(source) : undefined;
  if (shape === undefined) return inFileOrder(source.errors);
  const beside = new Map<string, string>();
  const kept = (path: string): string | undefined => {
    const found = read(path);
    beside.set(path, found ?? '');
    return found;
  };
  const folder = dirname(fileName);
  const reading = { read: kept, readTypes, unreadable };
  const apis = readApis(shape, source, folder, reading);
  const schemas = readSchemas(shape, source, folder, reading);
  checkConfig(shape, source, schemas);
  const file = expandNames(shape, { apis, schemas }, source);
  if (source.errors.length > 0) return inFileOrder(source.errors);
  return {
    ...assemble(file, fileName),
    text,
    beside: [...beside.keys()],
    digest: digestOf(text, [...beside.values()]),
    warnings: inFileOrder(source.warnings),
  };
}

/** The text of a file; undefined where it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** SHA-256 of a text, and of what stands beside it, in hex. */
export function digestOf(text: string, beside: readonly string[] = []): string {
  const hash = createHash('sha256').update(text);
  for (const other of beside) hash.update(createHash('sha256').update(other).digest());
  return hash.digest('hex');
}

function inFileOrder(errors: readonly ConfigError[]): ConfigError[] {
  const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
  return errors.toSorted((a, b) => order(a.file, b.file) || a.line - b.line || a.column - b.column);
}
