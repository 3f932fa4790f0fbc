import type { RefusalDetail } from './errors.ts';
import type { Within } from './identity.ts';
import type { MaskName } from './mask.ts';
import type { NoticeKind } from './notice.ts';

/** The identity as events and approvers see it. */
export interface EventIdentity {
  readonly subject: string;
  readonly issuer: string;
  readonly kind: 'agent' | 'human';
  readonly groups: readonly string[];
  /** Who acts for it. */
  readonly actor?: EventActor;
  readonly purpose?: string;
  readonly task?: string;
  /** The id of the ticket it came with. */
  readonly ticket?: string;
}

/** Somebody who acts for another, and who acts for them in turn. */
export interface EventActor {
  readonly subject: string;
  readonly issuer: string;
  readonly kind: 'agent' | 'human';
  readonly actor?: EventActor;
}

/** What is sensitive: target → resource (`public.users.email`) → mask. */
export type RecordedMasks = Readonly<Record<string, Readonly<Record<string, MaskName>>>>;

/**
 * One cell of a recorded row, as the client saw it, or a parameter: text, NULL, or hex of bytes that are no text.
 * With `bytes` and `sha256`, `hex` is only the beginning of so many bytes with that digest.
 */
export type RecordedValue =
  | string
  | null
  | { readonly hex: string }
  | { readonly hex: string; readonly bytes: number; readonly sha256: string };

/** What happened, without `seq` and `time`, which the journal adds. One type a thing; docs/events.md lists them. */
export type Event =
  | {
      readonly type: 'gateway.started';
      readonly version: string;
      readonly config: string;
      /** Absent in older records. */
      readonly sensitive?: RecordedMasks;
    }
  | { readonly type: 'gateway.stopped' }
  | { readonly type: 'config.loaded'; readonly digest: string; readonly sensitive?: RecordedMasks }
  | { readonly type: 'config.refused'; readonly digest: string; readonly errors: readonly string[] }
  | {
      readonly type: 'identity.refused';
      readonly protocol: string;
      readonly client: string;
      readonly target: string;
      readonly reason: string;
    }
  | {
      readonly type: 'session.opened';
      readonly session: string;
      readonly protocol: string;
      readonly client: string;
      readonly target: string;
      readonly identity: EventIdentity;
      readonly application?: string;
      /**
       * What decides of the identity and of each who acts for it, in turn. Absent in older records, whose commands do
       * not say either whether they are unbounded, what they use and what is shown in clear.
       */
      readonly chain?: readonly { readonly groups: readonly string[]; readonly within?: Within }[];
    }
  | {
      readonly type: 'session.closed';
      readonly session: string;
      readonly reason: string;
      readonly commands: number;
      readonly rows: number;
    }
  | {
      /** A tunnel that nobody looked into has ended. */
      readonly type: 'tunnel.ended';
      readonly session: string;
      /** Bytes from the client. */
      readonly sent: number;
      /** Bytes to the client. */
      readonly received: number;
    }
  | {
      /** A tool of an MCP server may be called as it is now. */
      readonly type: 'tool.accepted';
      readonly target: string;
      readonly tool: string;
      /** Of its definition. */
      readonly digest: string;
      /** Absent: it stood in the first list that was seen. */
      readonly by?: EventIdentity;
    }
  | { readonly type: 'lease.made'; readonly session: string; readonly target: string; readonly user: string }
  | { readonly type: 'lease.ended'; readonly session: string; readonly target: string; readonly user: string }
  | {
      /** Written before the command goes on; its `command` number ties the result to it. */
      readonly type: 'command';
      readonly session: string;
      readonly command: number;
      readonly text: string;
      readonly parameters?: readonly RecordedValue[];
      readonly effects: readonly string[];
      readonly verdict: 'allow' | 'hold';
      readonly rules: readonly string[];
      readonly unbounded?: true;
      readonly uses?: readonly string[];
      /** Globs over sensitive resources that were shown in clear. */
      readonly reveals?: readonly string[];
      readonly approval?: string;
      readonly failures?: readonly { readonly rule: string; readonly error: string }[];
    }
  | {
      /**
       * Written before the target is asked about a command that is to be held: what it expects of it, for which nothing
       * runs; or what it changes, for which it runs without being committed.
       */
      readonly type: 'command.estimated' | 'command.previewed';
      readonly session: string;
      readonly text: string;
      readonly parameters?: readonly RecordedValue[];
      readonly effects: readonly string[];
      readonly rules: readonly string[];
    }
  | {
      /** What has become of what `command.previewed` tells of. */
      readonly type: 'preview.ended';
      readonly session: string;
      /** `kept`: it was approved, and its `command` is this very run. */
      readonly outcome: 'kept' | 'undone';
    }
  | {
      readonly type: 'command.refused';
      readonly session: string;
      readonly text: string;
      readonly parameters?: readonly RecordedValue[];
      readonly effects: readonly string[];
      readonly unbounded?: true;
      readonly uses?: readonly string[];
      readonly code: string;
      readonly because: string;
      readonly detail: RefusalDetail;
      readonly failures?: readonly { readonly rule: string; readonly error: string }[];
    }
  | {
      readonly type: 'result';
      readonly session: string;
      readonly command: number;
      /** `SELECT 3`, or the SQLSTATE of the error. */
      readonly tag?: string;
      readonly error?: string;
      /** Why the gateway itself has cut the answer: which limit, which budget. */
      readonly because?: string;
      readonly rows: number;
      readonly bytes: number;
      /** Values changed by masks and detectors. */
      readonly masked: number;
      readonly columns?: readonly string[];
      /** First rows, as the client saw them. */
      readonly first?: readonly (readonly RecordedValue[])[];
      /** Of each of those rows, which of its cells masks and detectors have changed, from 0. Absent: none, or older. */
      readonly maskedAt?: readonly (readonly number[])[];
    }
  | {
      readonly type: 'hold.opened';
      readonly session: string;
      readonly approval: string;
      readonly text: string;
      readonly effects: readonly string[];
      readonly rules: readonly string[];
    }
  | {
      readonly type: 'hold.decided';
      readonly session: string;
      readonly approval: string;
      readonly decision: 'approve' | 'deny';
      readonly by: EventIdentity;
      readonly because?: string;
      /** ISO 8601: the very same command may run until then, any number of times. Absent: once. */
      readonly until?: string;
    }
  | {
      readonly type: 'hold.ended';
      readonly session: string;
      readonly approval: string;
      readonly outcome: 'used' | 'denied' | 'unanswered' | 'withdrawn';
    }
  | {
      /** Somebody asks for a dormant rule to wake. */
      readonly type: 'request.opened';
      readonly request: string;
      readonly identity: EventIdentity;
      readonly target: string;
      readonly rule: string;
      readonly because: string;
      /** For how long, in milliseconds. */
      readonly forMs: number;
    }
  | {
      readonly type: 'request.decided';
      readonly request: string;
      readonly decision: 'approve' | 'deny';
      readonly by: EventIdentity;
      readonly because?: string;
    }
  | {
      readonly type: 'request.ended';
      readonly request: string;
      readonly outcome: 'granted' | 'denied' | 'withdrawn' | 'expired';
      /** Who took it back. */
      readonly by?: EventIdentity;
    }
  | {
      readonly type: 'grant.started';
      readonly request: string;
      readonly identity: EventIdentity;
      readonly target: string;
      readonly rule: string;
      /** ISO 8601. */
      readonly until: string;
      /** Whoever asked woke it alone. */
      readonly self: boolean;
    }
  | {
      readonly type: 'grant.ended';
      readonly request: string;
      readonly target: string;
      readonly rule: string;
      /** `over`: its time; `ended`: by somebody; `changed`: its rule is not what was agreed to any more. */
      readonly outcome: 'over' | 'ended' | 'changed';
      readonly by?: EventIdentity;
    }
  | { readonly type: 'session.killed'; readonly session: string; readonly by: EventIdentity }
  | {
      readonly type: 'identity.revoked';
      readonly subject: string;
      readonly issuer?: string;
      readonly by: EventIdentity;
      readonly because?: string;
    }
  | {
      readonly type: 'identity.restored';
      readonly subject: string;
      readonly issuer?: string;
      readonly by: EventIdentity;
    }
  | {
      /** Somebody signed in with a browser. */
      readonly type: 'login.opened';
      readonly login: string;
      readonly identity: EventIdentity;
      readonly via: 'oidc' | 'saml';
      readonly client: string;
    }
  | {
      readonly type: 'login.ended';
      readonly login: string;
      readonly identity: EventIdentity;
      readonly reason: 'signed_out' | 'replaced' | 'revoked' | 'expired';
    }
  | {
      /** A token became a ticket. */
      readonly type: 'ticket.issued';
      readonly ticket: string;
      readonly client: string;
      /** Whom it is for, with who acts for them. */
      readonly identity: EventIdentity;
      readonly targets?: readonly string[];
      readonly rules?: readonly string[];
      /** ISO 8601. */
      readonly expires: string;
    }
  | {
      /** A ticket was ended early, with all that came from it. */
      readonly type: 'ticket.ended';
      readonly ticket: string;
      readonly by: EventIdentity;
    }
  | {
      /** A channel has taken a notice. */
      readonly type: 'notice.sent';
      readonly channel: string;
      /** The notice's id, as the receiver was told it. */
      readonly notice: string;
      readonly kind: NoticeKind;
      /** Of the approval, request or grant. */
      readonly about: string;
    }
  | {
      /** A notice was given up. */
      readonly type: 'notice.failed';
      readonly channel: string;
      readonly notice: string;
      readonly kind: NoticeKind;
      readonly about: string;
      readonly error: string;
    }
  | {
      /** Somebody decided, or tried to, in a chat. What was decided is in `hold.decided`. */
      readonly type: 'notice.answered';
      readonly channel: string;
      /** The chat's own id of them. */
      readonly user: string;
      /** Whom the configuration says that they are. */
      readonly subject?: string;
      readonly approval: string;
      readonly decision: 'approve' | 'deny';
      /** The state of the hold since, or the code of the refusal. */
      readonly outcome: string;
    }
  | {
      /** A sink takes nothing; what is recorded waits for it. */
      readonly type: 'sink.failed';
      readonly sink: string;
      readonly error: string;
    }
  | { readonly type: 'sink.resumed'; readonly sink: string }
  | {
      /** Another process takes clients, and keeps a chain of its own until what it records is joined to this one. */
      readonly type: 'worker.started';
      readonly worker: string;
    }
  | {
      /** What a worker has recorded up to this block of its chain stands in this block of the journal. */
      readonly type: 'worker.joined';
      readonly worker: string;
      readonly block: number;
      readonly hash: string;
      /** How many of the events behind this one are of it. */
      readonly events: number;
    }
  | {
      /** It takes no clients any more; all that it has recorded is joined, and its folder goes. */
      readonly type: 'worker.ended';
      readonly worker: string;
      /** It was not told to. */
      readonly lost: boolean;
      /** Bytes of a write that its death cut off: nothing that they tell of was sent on. */
      readonly cut?: number;
    }
  | {
      /** Old files are dropped, as the configuration says; on record, and signed, before they are gone. */
      readonly type: 'journal.dropped';
      /** The newest file that goes; all before it go or are gone. */
      readonly file: string;
      /** Its last block, and the hash of it: where the rest begins. */
      readonly block: number;
      readonly hash: string;
      /** How many events are gone: those from 1 to this `seq`. */
      readonly events: number;
      /** Time of the newest of them. */
      readonly until: string;
      /** What `journal.keep` said, in milliseconds. */
      readonly keepMs: number;
      /** SHA-256 of the configuration that said so. */
      readonly config: string;
    }
  | {
      /** A crash left a write unfinished at the end of a file; the bytes stay there and count for nothing. */
      readonly type: 'journal.recovered';
      readonly file: string;
      readonly bytes: number;
      /** Of those bytes, in hex. */
      readonly sha256: string;
    }
  | {
      /** The file being written was removed or cut by somebody; the chain goes on in the next one. */
      readonly type: 'journal.replaced';
      readonly file: string;
      /** The newest block at that time. */
      readonly block: number;
    }
  | {
      /** Notes that could not be kept while the record could not be written. */
      readonly type: 'journal.lost';
      readonly events: number;
    };

/** An event as it stands in the journal. */
export type StampedEvent = Event & {
  /** Counts from 1 without a gap. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds; never goes backwards. */
  readonly time: string;
  /** When it happened, where that is before `time`: a worker's event, joined behind a later one. */
  readonly at?: string;
};

export type EventType = Event['type'];
