import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { ConfigRefused } from './error.ts';
import { digestOf, loadConfig } from './load.ts';

/** What a change of the file came to. A refused one leaves the old in force. */
export type ConfigChange =
  | { readonly kind: 'loaded'; readonly config: Config }
  | { readonly kind: 'refused'; readonly refusal: ConfigRefused };

export interface ConfigWatch {
  /** Looks now, without waiting for an event (SIGHUP, tests). Resolves when what was found has been told. */
  check(): Promise<void>;
  close(): void;
}

export interface WatchOptions {
  /** Digest of the configuration in force, which is no change. */
  readonly digest?: string;
  /** An editor writes in several steps: how long it must have been quiet. */
  readonly quietMs?: number;
  /** File systems of networks and containers tell of nothing: how often to look all the same. */
  readonly pollMs?: number;
}

/**
 * Tells of every change of a configuration, once for each text. Watches the folder and not the file, for
 * editors replace files, and Kubernetes the link to the folder that they are in.
 */
export function watchConfig(
  file: string,
  onChange: (change: ConfigChange) => void,
  { digest, quietMs = 50, pollMs = 5000 }: WatchOptions = {},
): ConfigWatch {
  const path = resolve(file);
  let seen = digest;
  let closed = false;
  let checking: Promise<void> = Promise.resolve();
  let quiet: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const change = await load(path);
    if (closed || change === undefined) return;
    const found = change.kind === 'loaded' ? change.config.digest : change.refusal.digest;
    if (found === seen) return;
    seen = found;
    onChange(change);
  };
  // One after the other, so that an old text can never be told after a newer one.
  const check = (): Promise<void> => {
    checking = checking.then(look, look);
    return checking;
  };
  const soon = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => void check(), quietMs).unref();
  };

  const poll = setInterval(() => void check(), pollMs).unref();
  const watcher = watchFolder(dirname(path), basename(path), soon);
  return {
    check,
    close() {
      closed = true;
      clearTimeout(quiet);
      clearInterval(poll);
      watcher?.close();
    },
  };
}

/** Undefined where the system cannot watch (no more handles, a file system without events): polling is left. */
function watchFolder(folder: string, name: string, onEvent: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_event, changed) => {
      // Kubernetes changes `..data`, beside the file; some systems give no name.
      if (changed === null || changed === name || changed.startsWith('..')) onEvent();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** Of a file that has been cut to write it anew, which ends every session if taken for a configuration. */
const emptyDigest = digestOf('');

/** Undefined where there is no file or nothing in it: somebody is about to put it back. */
async function load(path: string): Promise<ConfigChange | undefined> {
  try {
    const config = await loadConfig(path);
    return config.digest === emptyDigest ? undefined : { kind: 'loaded', config };
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    return error.unreadable ? undefined : { kind: 'refused', refusal: error };
  }
}
