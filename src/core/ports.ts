import type { Outlook } from './approvals.ts';
import type { Allowance, BudgetLeft } from './budget.ts';
import type { Command } from './command.ts';
import type { SallyportError } from './errors.ts';
import type { Event } from './event.ts';
import type { Identity } from './identity.ts';
import type { MaskPlan } from './mask.ts';
import type { Notice } from './notice.ts';
import type { Rule } from './rule.ts';
import type { Session } from './session.ts';
import type { AwsTarget, HttpCredentialSpec, McpTarget, PostgresTarget, Target } from './target.ts';
import type { Deny, Hold, Verdict } from './verdict.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Which dormant rules are awake, and for whom. */
export interface Grants {
  /** Grows with every grant that begins or ends, be it by the passing of time. */
  readonly version: number;
  /** Whether this dormant rule counts for this identity on this target now. */
  awake(identity: Identity, rule: Rule, target: Target): boolean;
  /** The grant that keeps it awake. */
  of?(
    identity: Identity,
    rule: Rule,
    target: Target,
  ): { readonly id: string; readonly untilMs: number } | undefined;
}

/** How much identities may do; what begins and ends transactions is never counted. */
export interface Budgets {
  /** The refusal where nothing is left for a command that these rules let in. Counts nothing. */
  spent(session: Session, command: Command, rules: readonly string[]): SallyportError | undefined;
  /** Counts it. Undefined: no budget is about it. */
  take(session: Session, command: Command, rules: readonly string[]): Allowance | SallyportError | undefined;
  /** What is left to an identity, everywhere or on one target. */
  left(identity: Identity, target?: Target): readonly BudgetLeft[];
}

/** The rules in force. `version` grows with every reload, and with every change of grants. */
export interface Policy {
  readonly version: number;
  decide(identity: Identity, target: Target, command: Command, session?: Session): Verdict;
  /** A deny that no parameter could change, known before parameters are bound; undefined where one could. */
  foredoomed(identity: Identity, target: Target, command: Command): Deny | undefined;
  /** Whether any rule lets this identity do anything at all on this target. */
  admits(identity: Identity, target: Target): boolean;
  /** Whether no rule lets this identity do more than read there, now or after somebody's nod. */
  readOnly(identity: Identity, target: Target): boolean;
  /**
   * Names of the rules that allow, hold in or reveal anything to this identity there, awake or not; without those
   * of who acts for it.
   */
  opening(identity: Identity, target: Target): readonly string[];
  /** The dormant rules that this identity may ask to wake on this target, whether asleep or awake. */
  requestable(identity: Identity, target: Target): readonly Rule[];
  /** What this identity may do there, as refusals tell it: `read public.*`, `write (held for approval)`. */
  allowed(identity: Identity, target: Target): readonly string[];
  /** Globs over what the rules of these names are about; undefined where one of them is about anything. */
  resourcesOf(rules: readonly string[]): readonly string[] | undefined;
}

export interface Masking {
  /** What `reveals` leaves hidden on this target. The same object for the same arguments. */
  plan(target: Target, reveals: readonly string[]): MaskPlan;
}

/**
 * The append-only record. `append` only queues; nothing may go upstream before the `commit` that follows.
 */
export interface Journal {
  /** How often events queued by `append` were lost. What was appended before a change of it must not go on. */
  readonly losses: number;
  /** Queues an event that must be in the record before what it tells of goes on. */
  append(event: Event): void;
  /** Queues an event about what has already happened; kept for a later write if the next one fails. */
  note(event: Event): void;
  /**
   * Writes what is queued, in one write. Returns a promise only where durability asks for fsync.
   * @throws SallyportError `journal_unavailable`; events queued by `append` are then gone, as what they tell of must not happen.
   */
  commit(): void | Promise<void>;
}

export interface HoldTicket {
  readonly id: string;
  /** Where a person decides on it. */
  readonly url: string;
  readonly waitMs: number;
}

export type Decision =
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  | { readonly kind: 'denied'; readonly by: string; readonly because?: string }
  | { readonly kind: 'unanswered' };

export interface Holds {
  /**
   * Uses up an approval given earlier for exactly this command of this identity, by the approvers that `verdict`
   * demands now; its id, or undefined.
   */
  useEarlier(session: Session, command: Command, verdict: Hold): Promise<string | undefined>;
  open(session: Session, command: Command, verdict: Hold, outlook?: Outlook): Promise<HoldTicket>;
  /** Resolves when decided or when `waitMs` has passed. An approval is used up by being returned here. */
  decided(ticket: HoldTicket, signal: AbortSignal): Promise<Decision>;
  /** The client cancelled or left: the hold can no longer be approved. */
  withdraw(ticket: HoldTicket): Promise<void>;
}

/** That something has changed which other processes of the gateway keep at hand. What it means is read from the store. */
export type News =
  | { readonly kind: 'hold'; readonly id: string }
  | { readonly kind: 'revocations' | 'tickets' | 'grants' };

/** Brings news to every process of the gateway, the own one among them. What is lost, the next look at the store finds. */
export interface Bus {
  publish(news: News): void;
  subscribe(listener: (news: News) => void): void;
}

/** Tells people outside of what waits for them. */
export interface Notices {
  /** Never waits and never throws: what cannot be told now is told later. */
  tell(notice: Notice): void;
}

/** An upstream credential that lives as long as one session. */
export interface Lease {
  readonly user: string;
  /** Undefined: the upstream trusts the connection (unix socket peer). */
  readonly password: string | undefined;
  /** Ends it: terminates, reassigns, drops. Never throws; what fails is left to the reaper. */
  end(): Promise<void>;
}

export interface Lessor {
  /** @throws SallyportError `credential_unavailable` */
  lease(request: {
    sessionId: string;
    identity: Identity;
    target: PostgresTarget;
    readOnly: boolean;
  }): Promise<Lease>;
}

/** What the gateway adds to the requests of one session. */
export interface RequestCredential {
  readonly headers: ReadonlyMap<string, string>;
  /** Not escaped. */
  readonly query: ReadonlyMap<string, string>;
  /** Every text that no client may see. */
  readonly secrets: readonly string[];
}

/** The credential of a session, which may have parts that are renewed. */
export interface SessionCredential {
  /** For one request. @throws SallyportError `credential_unavailable` */
  now(): Promise<RequestCredential>;
  /** The target did not take this one. */
  refused(credential: RequestCredential): void;
}

/** What is asked for its credential. */
export interface CredentialHolder {
  readonly name: string;
  readonly credential: HttpCredentialSpec;
  /** PEM file of the authorities to trust where an access token is fetched. */
  readonly address: { readonly caFile?: string };
}

export interface RequestCredentials {
  /** @throws SallyportError `credential_unavailable` */
  of(target: CredentialHolder): Promise<SessionCredential>;
  /** What a program is given in its environment. @throws SallyportError `credential_unavailable` */
  environment(target: McpTarget): Promise<ReadonlyMap<string, string>>;
}

/** What requests to AWS are signed with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Every text that no client may see. */
  readonly secrets: readonly string[];
}

/** What keys are asked for: no wider than this, where the credential can be narrowed. */
export type AwsNeed = readonly {
  /** `s3:GetObject` */
  readonly action: string;
  /** ARNs, in which `*` stands for any characters. */
  readonly resources: readonly string[];
}[];

/** The keys of one session. */
export interface AwsSessionKeys {
  /** @throws SallyportError `credential_unavailable` */
  for(need: AwsNeed): Promise<AwsKeys>;
}

export interface AwsCredentials {
  of(session: Session<AwsTarget>): AwsSessionKeys;
}

/** What a command that the gateway itself carries goes with. */
export interface ErrandTerms {
  /** That of whoever it is for. */
  readonly token: string;
  readonly target: string;
  /** The address that they came from. */
  readonly client: string;
}

export interface Verifier {
  /**
   * Who presents this token.
   * @throws SallyportError `unauthenticated`, with a reason that holds nothing of the token
   */
  verify(token: string): Promise<Identity>;
}
