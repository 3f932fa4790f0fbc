import type { Simulated } from '../api/contract/schemas/policy.ts';
import type { Asked, Explained } from '../api/contract/schemas.ts';

/**
 * What the commands do on this machine, without the API. `config` is always the path of a configuration file.
 * Whatever fails throws an Error whose message is for people; a string `hint` and an array `errors` of
 * `{ file, line, column, message, hint? }` are shown too.
 */
export interface Local {
  serve(it: { readonly config: string; readonly workers?: number }): Promise<Running>;
  /** Never throws for what is wrong in the file: that is `problems`. */
  check(config: string): Promise<Checked>;
  explain(config: string, question: ExplainRequest): Promise<Explained>;
  /** What is wrong in the file is in `problems`. Times as the journal writes them. */
  simulate(config: string, request: SimulateRequest): Promise<Simulated>;
  /** The JWT alone. */
  issueToken(config: string, request: IssueRequest): Promise<string>;
  /** PEM of the gateway's own authority, made if it is not there yet. */
  authority(config: string): Promise<string>;
  verifyAudit(config: string): Promise<AuditResult>;
  /** Where the gateway of this configuration answers; `url` absent where the API is switched off. */
  connection(config: string): Promise<Connection>;
}

export interface Running {
  /** `postgres` → `127.0.0.1:6432`. */
  readonly addresses: readonly { readonly name: string; readonly address: string }[];
  /** Resolves when the gateway has stopped, whoever stopped it. */
  readonly closed: Promise<void>;
  /** Takes no more, ends sessions, drops their roles, closes the journal. */
  close(): Promise<void>;
}

export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
}

export interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Absent where there are problems. */
  readonly summary?: {
    readonly targets: readonly string[];
    readonly rules: number;
    readonly issuers: number;
  };
}

export interface ExplainRequest {
  readonly target: string;
  readonly text: string;
  readonly as: Asked;
}

export interface SimulateRequest {
  /** The gateway's data folder; absent: that of the configuration. */
  readonly data?: string;
  readonly since?: string;
  readonly until?: string;
  readonly identity?: string;
  readonly target?: string;
  readonly limit: number;
}

export interface IssueRequest {
  readonly subject: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  readonly ttlMs: number;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export type AuditResult =
  | {
      readonly intact: true;
      readonly files: number;
      readonly blocks: number;
      readonly events: number;
      readonly checkpoints: number;
      readonly unsigned: number;
      readonly recovered: number;
      readonly until: string;
      readonly workers?: number;
      readonly dropped?: {
        readonly file: string;
        readonly events: number;
        readonly until: string;
        readonly at: string;
        readonly keepMs: number;
        readonly config: string;
      };
    }
  | {
      readonly intact: false;
      readonly file: string;
      readonly block: number;
      readonly lines: readonly [number, number];
      readonly reason: string;
    };

export interface Connection {
  readonly url?: string;
  /** PEM file of the authority that the gateway's certificate comes from. */
  readonly caFile?: string;
}
