import { isAbsolute, relative, resolve } from 'node:path';

/** How a configuration comes to the files beside it. */
export interface ReadingBeside {
  /** The text of a file; undefined where it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** What to do about one that cannot be read; absent: that is plain. */
  readonly unreadable?: string | undefined;
}

/**
 * The whole path of a file in the folder of the configuration or below it; undefined for any other: what is tried out
 * before it is in force must not tell of files elsewhere.
 */
export function besidePath(folder: string, named: string, ends: RegExp): string | undefined {
  const path = resolve(folder, named);
  const way = relative(folder, path);
  return !isAbsolute(way) && !way.startsWith('..') && ends.test(way) ? path : undefined;
}
