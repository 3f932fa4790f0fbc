import type { ActivityRecords } from '../core/activity.ts';
import type { Approvals } from '../core/approvals.ts';
import type { StampedEvent } from '../core/event.ts';
import type { Identity } from '../core/identity.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { SignIn } from '../core/login.ts';
import type { MaskName } from '../core/mask.ts';
import type { Callbacks } from '../core/notice.ts';
import type { Budgets, Clock, ErrandTerms, Journal, Policy, Verifier } from '../core/ports.ts';
import type { FoundEvents, RecordedSessionQuery, RecordQuery } from '../core/record-query.ts';
import type { RevocationRecords, SessionRecords } from '../core/records.ts';
import type { Relation } from '../core/relation.ts';
import type { Requests } from '../core/requests.ts';
import type { GatewayTarget, PostgresTarget, UpstreamTarget } from '../core/target.ts';
import type { SeenRecord, SeenRecords } from '../core/seen.ts';
import type { IssuedTicket, TicketBook, TicketRequest, TicketTerms } from '../core/tickets.ts';
import type { ToolRecords } from '../core/tools.ts';
import type { Verdict } from '../core/verdict.ts';
import type { MatrixBody, PolicyBody, Simulated } from './contract/schemas/policy.ts';

/** What the API is given. */
export interface ApiParts {
  readonly version: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly verifier: Verifier;
  readonly signIn: SignIn;
  /** Read anew for every request, as are the targets. */
  readonly policy: () => Policy;
  readonly targets: () => ReadonlyMap<string, UpstreamTarget>;
  /** The gateway itself, as rules name it. */
  readonly gatewayTarget: GatewayTarget;
  readonly live: LiveSessions;
  readonly approvals: Approvals;
  readonly requests: Requests;
  readonly budgets: Pick<Budgets, 'left'>;
  readonly sessions: SessionRecords;
  readonly revocations: RevocationRecords;
  /** Whether this identity, or anybody it acts for or through, was revoked. */
  readonly revoked: (identity: Identity) => boolean | Promise<boolean>;
  /** Makes a ticket of a token. @throws SallyportError as the room `identity` says */
  readonly exchange: (request: TicketRequest) => Promise<IssuedTicket>;
  /** The same for who is signed in. @throws the same */
  readonly issueTicket: (to: Identity, terms: TicketTerms) => Promise<IssuedTicket>;
  readonly tickets: TicketBook;
  readonly seen: Pick<SeenRecords, 'list'>;
  readonly tools: Pick<ToolRecords, 'list' | 'get' | 'accept'>;
  readonly activity: Pick<ActivityRecords, 'list'>;
  /** How the gateway's own tools bring commands to targets: by its own ports, as any client. */
  readonly errands: Errands;
  /** What there is to read on a target, whatever rules say of it. @throws SallyportError as a login does */
  readonly relations: (of: {
    readonly identity: Identity;
    readonly target: PostgresTarget;
    readonly client: string;
  }) => Promise<readonly Relation[]>;
  /** Who gives out tokens, exactly as it calls itself; undefined: nobody whom clients could ask by themselves. */
  readonly authorizationServer: () => string | undefined;
  /** Where the API is reached: `https://gateway:8443`. */
  readonly baseUrl: () => string;
  /** Where clients reach a target; undefined: no port is open for it. */
  readonly addressOf: (target: UpstreamTarget) => string | undefined;
  /** PEM of the gateway's own authority; undefined where `listen.tls` brings a certificate. */
  readonly authority: () => Promise<string | undefined>;
  /** Where the console was built to. */
  readonly consoleDir: string;
  /** Decisions that come back from chats. */
  readonly callbacks: Callbacks;
  readonly events: EventSource;
  readonly record: RecordSource;
  /** @throws SallyportError `syntax`, `too_large` */
  readonly explain: (question: ExplainQuestion) => Promise<Explanation>;
  /** The policy in force, in words. */
  readonly policyView: () => PolicyBody;
  /** What it lets everybody do, and these identities. */
  readonly matrixView: (seen: readonly SeenRecord[]) => MatrixBody;
  /** @throws SallyportError `limit_requests` while another one runs, or where it takes too long */
  readonly simulate: (question: SimulationQuestion, signal: AbortSignal) => Promise<Simulated>;
  /** The newest signed end of the journal; undefined before there is one. */
  readonly checkpoint: () => Promise<Checkpoint | undefined>;
  readonly verification: JournalVerification;
  /** Whether every listener accepts. */
  readonly ready: () => boolean;
  /** Prometheus' text of the moment. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** Faults of the gateway's own; never a client's text. */
  readonly onError: (error: unknown) => void;
}

/** Commands that the gateway carries to its own ports, in the name of a client who has asked it to. */
export interface Errands {
  /** What to bring as the proof of identity there. */
  pass(terms: ErrandTerms): string;
  /** Where to go; undefined: no port is open for targets of this protocol. */
  door(protocol: 'postgres' | 'http'): OwnDoor | undefined;
}

/** A port of the gateway's, as it reaches it itself. */
export interface OwnDoor {
  readonly host: string;
  readonly port: number;
  /** PEM of the certificate that must be there; absent: the connection stays on this machine, in the clear. */
  readonly certificate?: string;
}

/** The record as a whole. */
export interface RecordSource {
  /** Events as they stand in the journal, newest first. */
  search(query: RecordQuery): Promise<FoundEvents>;
  /** Ids of sessions in which something fits, those that began last first. */
  sessions(query: RecordedSessionQuery): Promise<readonly string[]>;
  /** Makes the search index anew, in its own time. */
  reindex(): void;
  /** Undefined before there is an event. */
  oldestSeq(): Promise<number | undefined>;
  newestSeq(): number;
  /** Up to where `search` finds. */
  indexedTo(): number;
  read(of: {
    readonly sinceSeq: number;
    readonly sinceTime?: string;
    readonly follow: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<StampedEvent>;
}

export interface EventSource {
  /** Ends by itself without `follow`; with it only by `signal`. */
  read(of: {
    readonly session: string;
    /** As the journal writes it: the session has nothing before. */
    readonly sinceTime: string;
    readonly follow: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<StampedEvent>;
}

export interface ExplainQuestion {
  readonly identity: Identity;
  readonly target: UpstreamTarget;
  readonly text: string;
}

/** What another configuration would have made of the record. Times as the journal writes them. */
export interface SimulationQuestion {
  /** The whole file. */
  readonly text: string;
  readonly since?: string;
  readonly until?: string;
  readonly identity?: string;
  readonly target?: string;
  /** How many groups are told at most. */
  readonly limit: number;
}

/** What `policy/explain` answers. */
export interface Explanation {
  readonly verdict: Verdict;
  readonly effects: readonly string[];
  readonly rules: readonly {
    readonly name: string;
    readonly does: readonly string[];
    readonly because: string;
  }[];
  readonly masks: {
    readonly hidden: readonly { readonly resource: string; readonly mask: MaskName }[];
    readonly revealed: readonly string[];
  };
}

/** Reading the whole journal, to see whether it is as it was written. Times are milliseconds since the epoch. */
export interface JournalVerification {
  state(): {
    readonly runningSinceMs: number | undefined;
    /** Undefined: there was none since the gateway has started. */
    readonly last:
      | { readonly atMs: number; readonly tookMs: number; readonly found: Verification | Unread }
      | undefined;
  };
  /** Answers at once; does nothing where one is under way. */
  start(): void;
}

/** It could not be read to its end. */
interface Unread {
  readonly failure: string;
}

/** What `journal/verify` finds. */
type Verification =
  | {
      readonly intact: true;
      readonly files: number;
      readonly blocks: number;
      readonly events: number;
      readonly checkpoints: number;
      readonly unsigned: number;
      readonly recovered: number;
      readonly until: string;
      readonly dropped?: { readonly file: string; readonly events: number; readonly until: string };
    }
  | {
      readonly intact: false;
      readonly file: string;
      readonly block: number;
      readonly lines: readonly [number, number];
      readonly reason: string;
    };

export interface Checkpoint {
  readonly block: number;
  readonly seq: number;
  readonly hash: string;
  readonly time: string;
  readonly signature: string;
}
