import type { ChannelSpec } from '../core/channel.ts';
import type { IssuerSpec } from '../core/issuer.ts';
import type { LoginSpec } from '../core/login.ts';
import type { Passage } from '../core/passthrough.ts';
import type { Budget } from '../core/budget.ts';
import type { Rule } from '../core/rule.ts';
import type { SinkSpec } from '../core/sink.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { ConfigError } from './error.ts';

/** A configuration in force: checked as a whole, defaults filled in, paths absolute, secrets still references. */
export interface Config {
  /** The file it came from. */
  readonly file: string;
  readonly listen: Listen;
  /** Folder of journal, keys and embedded store. */
  readonly data: string;
  readonly journal: JournalConfig;
  readonly identity: IdentityConfig;
  readonly notify: readonly ChannelSpec[];
  readonly sinks: readonly SinkSpec[];
  readonly targets: ReadonlyMap<string, UpstreamTarget>;
  /** Hosts that the proxy tunnels to, untouched, and for whom. */
  readonly passthrough: readonly Passage[];
  readonly rules: readonly Rule[];
  readonly budgets: readonly Budget[];
  /** As it is written: it can hold secrets. */
  readonly text: string;
  /** The files of its folder that it names, with their whole paths. */
  readonly beside: readonly string[];
  /** SHA-256 of the text and of what stands beside it, in hex. */
  readonly digest: string;
  /** What works, but should not stay so. */
  readonly warnings: readonly ConfigError[];
}

/** Ports; absent: off. 0: any free one. */
export interface Listen {
  readonly host: string;
  readonly postgres?: number;
  readonly http?: number;
  readonly targets?: number;
  readonly proxy?: number;
  /** Where people reach the http port, without a `/` at its end; absent: host and port. */
  readonly url?: string;
  /** Absent: the gateway's own CA. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface JournalConfig {
  /** `write`: survives a kill of the process. `fsync`: survives power loss. */
  readonly durability: 'write' | 'fsync';
  /** How much of each result is recorded. */
  readonly record: { readonly rows: number; readonly bytes: number };
  /** Absent: all of it is kept. */
  readonly keepMs?: number;
}

export interface IdentityConfig {
  readonly issuers: readonly IssuerSpec[];
  /** Whether the gateway's own issuer is trusted. */
  readonly local: boolean;
  /** Absent: nobody signs in with a browser. */
  readonly login?: LoginSpec;
}
