import type { ErrorCode, RefusalDetail } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Notice } from '../core/notice.ts';
import type { News } from '../core/ports.ts';

/** What a worker is to do. Everything else it reads from the data folder. */
export interface Assignment {
  /** Of its folder beneath the journal's. */
  readonly name: string;
  /** It, among the processes that share the store. */
  readonly instance: string;
  /** Of the configuration, for places and paths. */
  readonly file: string;
  /** What stands in the configuration that is in force. */
  readonly text: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Where the API listens. */
  readonly httpPort?: number;
  /** How many workers there are: what is bounded for the gateway is divided among them. */
  readonly workers: number;
  /** Which of them it is, from 0; one that follows another has its number. */
  readonly number: number;
}

/** A session of a worker, as the first process sees it. */
export interface WorkerSession {
  readonly id: string;
  readonly identity: Identity;
  readonly target: string;
  readonly client: string;
  readonly openedAtMs: number;
}

/** What a session has done so far. */
export interface SessionCount {
  readonly id: string;
  readonly commands: number;
  readonly rows: number;
}

/** From a CancelRequest whose session is not where it came in. */
export interface CancelElsewhere {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

/** A SallyportError on its way to another process; its cause stays. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly detail: RefusalDetail;
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly assignment: Assignment }
  | { readonly kind: 'config'; readonly text: string }
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'end'; readonly session: string; readonly error: SentError }
  | { readonly kind: 'cancel'; readonly key: CancelElsewhere }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'opened'; readonly session: WorkerSession }
  | { readonly kind: 'counted'; readonly sessions: readonly SessionCount[] }
  | { readonly kind: 'closed'; readonly session: SessionCount }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'cancel'; readonly number: number; readonly key: CancelElsewhere };
