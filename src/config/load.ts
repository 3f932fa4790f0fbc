import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { assemble } from './assemble.ts';
import { checkConfig } from './check.ts';
import type { Config } from './config.ts';
import { type ConfigError, ConfigRefused } from './error.ts';
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
  const config = parseSafely(text, path);
  if (Array.isArray(config)) throw new ConfigRefused(config, digestOf(text));
  return config;
}

/** A fault of the gateway's own must not end it when somebody edits the file: it is a refusal, too. */
function parseSafely(text: string, path: string): Config | ConfigError[] {
  try {
    return parseConfig(text, path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ file: path, line: 1, column: 1, message: `cannot be checked: ${why}` }];
  }
}

/**
 * A configuration from its text, without looking at anything else.
 * @param fileName absolute; paths in the text are relative to its folder
 */
export function parseConfig(text: string, fileName: string): Config | ConfigError[] {
  const source = new Source(text, fileName);
  const file = source.errors.length === 0 ? parseShape(source) : undefined;
  if (file !== undefined) checkConfig(file, source);
  if (file === undefined || source.errors.length > 0) return inFileOrder(source.errors);
  return {
    ...assemble(file, fileName),
    text,
    digest: digestOf(text),
    warnings: inFileOrder(source.warnings),
  };
}

/** SHA-256 of a text, in hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function inFileOrder(errors: readonly ConfigError[]): ConfigError[] {
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
