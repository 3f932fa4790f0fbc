import { isAbsolute, relative, resolve } from 'node:path';

/**
 * The whole path of a file in the folder of the configuration or below it; undefined for any other: what is tried out
 * before it is in force must not tell of files elsewhere.
 */
export function besidePath(folder: string, named: string, ends: RegExp): string | undefined {
  const path = resolve(folder, named);
  const way = relative(folder, path);
  return !isAbsolute(way) && !way.startsWith('..') && ends.test(way) ? path : undefined;
}
