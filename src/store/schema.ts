import type { Login, LoginCode } from '../core/login.ts';
import type { HoldState } from '../core/records.ts';
import type { RequestState } from '../core/requests.ts';

// One schema for SQLite and PostgreSQL: text, 64-bit integers, no booleans; JSON is text. Times are milliseconds.

export interface Database {
  sessions: SessionsTable;
  session_actors: SessionActorsTable;
  holds: HoldsTable;
  decisions: DecisionsTable;
  leases: LeasesTable;
  revocations: RevocationsTable;
  instances: InstancesTable;
  tickets: TicketsTable;
  seen: SeenTable;
  seen_uses: SeenUsesTable;
  ticket_origins: TicketOriginsTable;
  installation: InstallationTable;
  requests: RequestsTable;
  budget_uses: BudgetUsesTable;
  request_decisions: RequestDecisionsTable;
  logins: LoginsTable;
  login_codes: LoginCodesTable;
  used_assertions: UsedTable;
  used_signatures: UsedTable;
  notices: NoticesTable;
  cursors: CursorsTable;
  sent: SentTable;
  tools: ToolsTable;
  activity: ActivityTable;
}

/** What went on, a quarter of an hour each: sums. */
export interface ActivityTable {
  at: number;
  sessions: number;
  commands: number;
  holds: number;
  refusals: number;
  masked: number;
}

/** Who acts for whose session it is. */
export interface SessionActorsTable {
  session: string;
  subject: string;
  issuer: string;
}

export interface SessionsTable {
  id: string;
  protocol: string;
  target: string;
  client: string;
  application: string | null;
  subject: string;
  issuer: string;
  identity: string;
  instance: string;
  opened_at: number;
  closed_at: number | null;
  reason: string | null;
  commands: number;
  rows: number;
  /** The ticket it lives on. */
  ticket: string | null;
}

export interface HoldsTable {
  id: string;
  digest: string;
  session: string;
  identity: string;
  names: string;
  target: string;
  text: string;
  parameters: string;
  effects: string;
  unbounded: number;
  uses: string;
  rules: string;
  approvers: string;
  state: HoldState;
  waiting: number;
  instance: string;
  created_at: number;
  wait_until: number;
  pending_until: number;
  valid_ms: number;
  valid_until: number | null;
  standing: number;
  estimate: string | null;
  preview: string | null;
}

/** What one person decided, on whatever it was. */
export interface DecisionColumns {
  /** The order in which they came, from 0. */
  position: number;
  by: string;
  decision: 'approve' | 'deny';
  because: string | null;
  decided_at: number;
  counts: string;
  names: string;
}

export interface DecisionsTable extends DecisionColumns {
  hold: string;
  /** Until when the decision stands; null: once. */
  until: number | null;
}

export interface LeasesTable {
  id: string;
  target: string;
  session: string;
  user_name: string;
  instance: string;
  created_at: number;
  state: 'live' | 'ending';
  error: string | null;
}

export interface RevocationsTable {
  subject: string;
  /** Empty: whichever issuer (a key column cannot be NULL). */
  issuer: string;
  revoked_at: number;
  by: string;
  because: string | null;
}

/** Notices on their way out. */
export interface NoticesTable {
  id: string;
  channel: string;
  notice: string;
  created_at: number;
  next_at: number;
  attempts: number;
}

/** How far each reader of the journal has come. */
export interface CursorsTable {
  name: string;
  seq: number;
}

/** Requests that went out under keys of their clients. */
export interface SentTable {
  key: string;
  request: string | null;
  sent_at: number;
  expires_at: number;
  answer: string | null;
}

export interface InstancesTable {
  id: string;
  beat_at: number;
}

/** One row: what tells this installation's accounts at an upstream from another's. */
export interface InstallationTable {
  id: string;
}

export interface LoginsTable {
  id: string;
  secret_hash: string;
  subject: string;
  issuer: string;
  /** Whole, with its claims. */
  identity: string;
  csrf: string;
  via: Login['via'];
  client: string;
  agent: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
}

export interface LoginCodesTable {
  hash: string;
  kind: LoginCode['kind'];
  user_code: string | null;
  challenge: string | null;
  redirect_uri: string | null;
  client: string;
  agent: string;
  state: LoginCode['state'];
  identity: string | null;
  login: string | null;
  created_at: number;
  expires_at: number;
  polled_at: number;
}

export interface UsedTable {
  id: string;
  expires_at: number;
}

export interface TicketsTable {
  id: string;
  subject: string;
  issuer: string;
  identity: string;
  origins: string;
  created_at: number;
  expires_at: number;
  ended_at: number | null;
}

/** Which tickets a ticket comes from, at whatever remove: they end together. */
export interface TicketOriginsTable {
  id: string;
  origin: string;
  /** Of `id`. */
  expires_at: number;
}

export interface RequestsTable {
  id: string;
  identity: string;
  key: string;
  names: string;
  target: string;
  rule: string;
  terms: string;
  lets: string;
  because: string;
  for_ms: number;
  approvers: string;
  state: RequestState;
  created_at: number;
  pending_until: number;
  started_at: number | null;
  until: number | null;
  ended_by: string | null;
}

export interface RequestDecisionsTable extends DecisionColumns {
  request: string;
}

/** What identities have used of their budgets: sums. */
export interface BudgetUsesTable {
  budget: string;
  identity: string;
  period: string;
  rows: number;
  commands: number;
  bytes: number;
  expires_at: number;
}

/** Tools of MCP servers, as last seen and as accepted. */
export interface ToolsTable {
  target: string;
  name: string;
  digest: string;
  definition: string;
  seen_at: number;
  accepted_digest: string | null;
  accepted_definition: string | null;
  accepted_at: number | null;
  accepted_by: string | null;
}

/** What has been seen of identities: sums. */
export interface SeenTable {
  issuer: string;
  subject: string;
  kind: 'agent' | 'human';
  groups: string;
  first_at: number;
  last_at: number;
  sessions: number;
  commands: number;
  refusals: number;
}

/** The same by target, and by rule. */
export interface SeenUsesTable {
  issuer: string;
  subject: string;
  what: 'target' | 'rule';
  name: string;
  commands: number;
  refusals: number;
  last_at: number;
}
