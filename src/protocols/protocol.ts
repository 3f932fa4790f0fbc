import type { Governor } from '../core/govern.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type {
  AwsCredentials,
  Clock,
  Journal,
  Lessor,
  Masking,
  Policy,
  RequestCredentials,
  Verifier,
} from '../core/ports.ts';
import type { Identity } from '../core/identity.ts';
import type { OnceRecords } from '../core/once.ts';
import type { SentRecords } from '../core/sent.ts';
import type { Session } from '../core/session.ts';
import type { ToolRecords } from '../core/tools.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { Leaves } from '../transport/leaves.ts';
import type { Spools } from '../transport/spool.ts';

/** For the gateway's own log; never a secret, never a client's text. */
export interface Log {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** Keeps the list of sessions that people see. */
export interface SessionBook {
  opened(session: Session, protocol: string, application: string | undefined): Promise<void>;
  closed(session: Session, reason: string): Promise<void>;
}

/** Names a session to whoever wants to cancel what runs in it, and proves that they may. */
export interface SessionKey {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

/** Other processes that take clients of the same ports. */
export interface Peers {
  /** How many there are, this one among them: what is bounded for the gateway is divided. */
  readonly count: number;
  /** Which of them this is, from 0. */
  readonly number: number;
  /** The session of this key is in the process of this number, if anywhere. */
  cancelElsewhere(number: number, key: SessionKey): void;
  onCancel(listener: (key: SessionKey) => void): void;
}

/** What every protocol is given. */
export interface ProtocolParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Journal;
  readonly governor: Governor;
  readonly live: LiveSessions;
  readonly lessor: Lessor;
  readonly requestCredentials: RequestCredentials;
  readonly awsCredentials: AwsCredentials;
  readonly verifier: Verifier;
  /**
   * The ticket of this id, for whoever signs with it in place of sending it; undefined where no ticket has such an id. Whether
   * there is one, the verifier says.
   */
  readonly ticketOf: (id: string) => string | undefined;
  readonly masking: Masking;
  readonly book: SessionBook;
  /** Read anew for every session and command, so that a reload counts from the next one on. */
  readonly policy: () => Policy;
  readonly targets: () => ReadonlyMap<string, UpstreamTarget>;
  readonly revoked: (identity: Identity) => boolean;
  /** Where clients of OAUTHBEARER learn how to get a token; undefined: nowhere. */
  readonly discoveryUrl: () => string | undefined;
  /** Who gives out tokens, exactly as it calls itself; undefined: nobody whom clients could ask by themselves. */
  readonly authorizationServer: () => string | undefined;
  readonly tls: { readonly cert: string; readonly key: string };
  /** At least 32 bytes, from which the keys of hashes and tokens are derived. */
  readonly maskKey: Uint8Array;
  readonly spools: Spools;
  /** Requests that went out under keys of their clients. */
  readonly sent: SentRecords;
  /** Signatures that have counted. */
  readonly signatures: OnceRecords;
  /** Tools of MCP servers. */
  readonly tools: ToolRecords;
  /** Certificates for hosts that the gateway stands in for; the authority is made when first asked for. */
  readonly leaves: () => Promise<Leaves>;
  /** Whether the proxy tunnels this identity to `host:port`, untouched. */
  readonly mayPass: (identity: Identity, authority: string) => boolean;
  readonly record: { readonly rows: number; readonly bytes: number };
  /** Absent: this process is alone. */
  readonly peers?: Peers;
}

export interface Listening {
  readonly port: number;
  /** Takes no new clients; ends when the last session has ended. */
  close(): Promise<void>;
}

/** One way in. */
export interface Protocol {
  readonly name: string;
  listen(parts: ProtocolParts, at: { readonly host: string; readonly port: number }): Promise<Listening>;
}
