import { createHash } from 'node:crypto';
import { readOpenApi, type OpenApi } from '../wire/openapi/document.ts';
import { besidePath, type ReadingBeside } from './beside.ts';
import type { ConfigError } from './error.ts';
import type { ConfigFile } from './schema.ts';
import { Source } from './source.ts';

/** What the targets' OpenAPI files say, by target. */
export type Apis = ReadonlyMap<string, OpenApi>;

/** The largest public ones (GitHub, Stripe) have some 10 million characters, as JSON and with their prose. */
const lengthMax = 16 * 1024 * 1024;

/** Reads the files of all targets that name one; what is wrong with them is noted in the source. */
export function readApis(
  file: ConfigFile,
  source: Source,
  folder: string,
  { read, unreadable }: ReadingBeside,
): Apis {
  const apis = new Map<string, OpenApi>();
  for (const [name, { http }] of Object.entries(file.targets)) {
    if (http?.openapi === undefined) continue;
    const at = ['targets', name, 'http', 'openapi'];
    const path = besidePath(folder, http.openapi, /\.(?:ya?ml|json)$/);
    if (path === undefined) {
      source.refuse(
        at,
        `"${http.openapi}" is not beside this file`,
        'a .yaml or .json file in its folder, or below it',
      );
      continue;
    }
    const text = read(path);
    const found = text === undefined ? undefined : apiOf(text, path);
    if (found === undefined) source.refuse(at, `${http.openapi} cannot be read`, unreadable);
    else if ('errors' in found) source.errors.push(...found.errors);
    else apis.set(name, found.api);
  }
  return apis;
}

type Read = { readonly api: OpenApi } | { readonly errors: readonly ConfigError[] };

/** A configuration is looked at again and again; the same text is read once. */
const known = new Map<string, Read>();
const knownMax = 16;

function apiOf(text: string, path: string): Read {
  const key = createHash('sha256')
    .update(JSON.stringify([path, text]))
    .digest('base64');
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= knownMax) known.clear();
  const read = readText(text, path);
  known.set(key, read);
  return read;
}

function readText(text: string, path: string): Read {
  const source = new Source(text, path, lengthMax);
  if (source.errors.length > 0) return source;
  const api = readOpenApi(source.value);
  if ('operations' in api) return { api };
  for (const fault of api) source.refuseKey(fault.path, fault.message, fault.hint);
  return source;
}
