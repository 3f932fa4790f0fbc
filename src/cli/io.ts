import type { Local } from './local.ts';

/** Everything a command touches, so that a test can be its terminal. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly fetch: typeof globalThis.fetch;
  /** Shows an address in a browser of this machine; false: there is none. */
  readonly open: (url: string) => Promise<boolean>;
  /** Loaded when a command needs it, so that `--help` is quick. */
  readonly local: () => Promise<Local>;
  /** Resolves when the process is asked to stop. */
  readonly stopped: () => Promise<void>;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export interface Terminal {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a command tells, once for people and once for machines. Only one of them is written. */
export interface Said {
  readonly people: readonly string[];
  readonly machine: unknown;
}

export function say({ stdout }: Io, { json }: { readonly json?: boolean }, { people, machine }: Said): void {
  if (json === true) stdout.write(`${JSON.stringify(machine)}\n`);
  else if (people.length > 0) stdout.write(`${people.join('\n')}\n`);
}
