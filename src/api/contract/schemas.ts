import { z } from 'zod';

// What goes over the API's wire, for server, CLI and page alike. Times are ISO 8601, UTC, milliseconds.
// Texts, parameters, reasons and names came from clients: show them through `visible`, never raw.

const id = z.string().min(1).max(200);
export const name = z.string().min(1).max(500);
export const time = z.iso.datetime();
/** What somebody types to say why. */
export const because = z.string().max(2_000);

const kind = z.enum(['agent', 'human']);

/** Somebody who acts for another. */
const actor = z.object({
  subject: name,
  issuer: z.string(),
  kind,
  get actor() {
    return actor.optional();
  },
});
export type ActorBody = z.infer<typeof actor>;

export const identity = z.object({
  subject: name,
  issuer: z.string(),
  kind,
  groups: z.array(z.string()).readonly(),
  actor: actor.optional(),
  /** What it says it is here for; nobody has verified it. */
  purpose: z.string().optional(),
  task: z.string().optional(),
  /** The id of the ticket it came with. */
  ticket: z.string().optional(),
});
export type IdentityBody = z.infer<typeof identity>;

const names = z.array(z.string()).readonly();

/** What is left of one limit of a budget. */
const budgetLeft = z.object({
  name: z.string(),
  per: z.enum(['session', 'grant', 'day']),
  unit: z.enum(['rows', 'commands', 'bytes']),
  limit: z.int(),
  /** Null: it is not known here, or counts anew in every session or grant. */
  left: z.int().nullable(),
  /** Null: with the next session or grant. */
  renews: time.nullable(),
});
export type BudgetLeftBody = z.infer<typeof budgetLeft>;

export const me = identity.extend({
  /** What my ticket narrows me to; absent: nothing is left out. */
  within: z.object({ targets: names.optional(), rules: names.optional() }).optional(),
  /** Of a login by browser alone: what its pages send as `sallyport-csrf` with whatever changes something. */
  csrf: z.string().optional(),
  /** Until when the proof holds. */
  expiresAt: time,
  /** What the rules on the target `sallyport` let this identity do with the gateway: `write.kill`. */
  rights: z.array(z.string()).readonly(),
  budgets: z.array(budgetLeft).readonly(),
});
export type Me = z.infer<typeof me>;

export const target = z.object({
  name: z.string(),
  protocol: z.string(),
  /** Where clients reach it: `host:port`, or a URL in place of its own; null: no port is open for it. */
  address: z.string().nullable(),
  labels: z.record(z.string(), z.string()).readonly(),
});
export type TargetBody = z.infer<typeof target>;

export const targets = z.object({
  targets: z.array(target).readonly(),
  /** Clients have to trust the gateway's own authority, which is at /ca.pem. */
  ownAuthority: z.boolean(),
});

export const session = z.object({
  id: z.string(),
  protocol: z.string(),
  target: z.string(),
  client: z.string(),
  application: z.string().nullable(),
  identity,
  openedAt: time,
  closedAt: time.nullable(),
  /** Why it ended; null while it lives. */
  reason: z.string().nullable(),
  commands: z.int(),
  rows: z.int(),
});
export type SessionBody = z.infer<typeof session>;

/** One event of the record; docs/events.md tells what each type carries. */
export const event = z.looseObject({ seq: z.int(), time, type: z.string() });
export type EventBody = z.infer<typeof event>;

const value = z.union([
  z.string(),
  z.null(),
  // With the other two, hex is only the beginning.
  z.object({ hex: z.string(), bytes: z.number().optional(), sha256: z.string().optional() }),
]);
const previewRow = z.array(value).readonly();
export const approvers = z.object({
  groups: z.array(z.string()).readonly().optional(),
  subjects: z.array(z.string()).readonly().optional(),
  count: z.int(),
  /** For how long they may agree to the very same command; absent: once. */
  untilMs: z.number().optional(),
});

export const decisions = z
  .array(
    z.object({
      by: identity,
      decision: z.enum(['approve', 'deny']),
      because: z.string().nullable(),
      at: time,
    }),
  )
  .readonly();

export const approvalState = z.enum(['pending', 'approved', 'denied', 'withdrawn', 'expired', 'used']);
export type ApprovalState = z.infer<typeof approvalState>;

export const approval = z.object({
  id: z.string(),
  session: z.string(),
  identity,
  target: z.string(),
  text: z.string(),
  parameters: z.array(value).readonly(),
  /** Text or parameters are longer: ask for this one alone to have them in full. */
  clipped: z.boolean(),
  /** What could deceive whoever reads the text, in sentences. */
  warnings: z.array(z.string()).readonly(),
  effects: z.array(z.string()).readonly(),
  unbounded: z.boolean(),
  uses: z.array(z.string()).readonly(),
  rules: z.array(z.string()).readonly(),
  approvers: z.array(approvers).readonly(),
  decisions,
  state: approvalState,
  /** Its client is connected and waits. */
  waiting: z.boolean(),
  createdAt: time,
  waitUntil: time,
  pendingUntil: time,
  validUntil: time.nullable(),
  /** It can be used any number of times until then. */
  standing: z.boolean(),
  /** What the target's planner expects of it; null where it was not asked, and for whoever sent it. */
  estimate: z.object({ rows: z.number(), cost: z.number() }).nullable(),
  /** What it has changed where it was run without being committed; null where it was not, and for whoever sent it. */
  preview: z
    .object({
      rows: z.number(),
      columns: z.array(z.string()).readonly(),
      /** Some of those rows; masked. */
      sample: z.array(z.object({ before: previewRow.nullable(), after: previewRow.nullable() })).readonly(),
      /** Why it came to nothing. */
      failed: z.string().nullable(),
      /** Until then an approval commits this very run; after that the command runs anew. Null: it is undone already. */
      keptUntil: time.nullable(),
    })
    .nullable(),
  url: z.string(),
});
export type ApprovalBody = z.infer<typeof approval>;

export const decision = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  because: because.optional(),
});

export const holdDecision = decision.extend({
  /** The very same command may run any number of times until then. Absent: once. */
  until: time.optional(),
});

export const revocation = z.object({
  subject: z.string(),
  /** Null: whichever issuer. */
  issuer: z.string().nullable(),
  at: time,
  by: identity,
  because: z.string().nullable(),
});
export type RevocationBody = z.infer<typeof revocation>;

export const revoke = z.strictObject({
  subject: name,
  /** Absent: whichever issuer. */
  issuer: name.optional(),
  because: because.optional(),
});

const masks = z.object({
  hidden: z.array(z.object({ resource: z.string(), mask: z.string() })).readonly(),
  revealed: z.array(z.string()).readonly(),
});

export const explained = z.object({
  verdict: z.enum(['allow', 'hold', 'deny']),
  /** Why not, in a sentence; only of `deny`. */
  because: z.string().optional(),
  effects: z.array(z.string()).readonly(),
  /** Effects that no rule covers; only of `deny`. */
  uncovered: z.array(z.string()).readonly(),
  /** What may be done here instead; only of `deny`. */
  allowed: z.array(z.string()).readonly(),
  /** Only of `hold`. */
  approvers: z.array(approvers).readonly(),
  limits: z.object({
    rows: z.number().optional(),
    statementMs: z.number().optional(),
    idleMs: z.number().optional(),
    sessionMs: z.number().optional(),
  }),
  /** Every rule, in file order, and what it does here or why it has no say. */
  rules: z
    .array(z.object({ name: z.string(), does: z.array(z.string()).readonly(), because: z.string() }))
    .readonly(),
  failures: z.array(z.object({ rule: z.string(), error: z.string() })).readonly(),
  masks,
  /** What the budgets leave that it would be counted against. */
  budgets: z.array(budgetLeft).readonly(),
});
export type Explained = z.infer<typeof explained>;

/** Somebody to explain for; a claim a rule asks for can be given. */
export const asked = z.strictObject({
  subject: name,
  issuer: name.optional(),
  kind: z.enum(['agent', 'human']),
  groups: z.array(z.string()).readonly().default([]),
  claims: z.record(z.string(), z.unknown()).optional(),
});
export type Asked = z.infer<typeof asked>;

export const explain = z.strictObject({
  target: name,
  text: z.string().min(1),
  /** Absent: for me. Somebody else needs read on the gateway. */
  as: asked.optional(),
});

/** The newest signed end of the journal: what an auditor keeps elsewhere to find a cut by. */
export const checkpoint = z.object({
  block: z.int(),
  seq: z.int(),
  hash: z.string(),
  time: z.string(),
  signature: z.string(),
});

export const refusal = z.object({
  error: z.object({
    /** Stable; docs/api.md lists them. */
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    detail: z.record(z.string(), z.unknown()),
  }),
});
export type Refusal = z.infer<typeof refusal>;

export const idParameter = z.strictObject({ id });
export const subjectParameter = z.strictObject({ subject: name });

const offsetTime = z.iso.datetime({ offset: true });
const pageLimitMax = 500;
export const page = {
  /** The last id of the page before. */
  after: id.optional(),
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(50),
};

export const sessionQuery = z.strictObject({
  state: z.enum(['live', 'ended']).optional(),
  target: name.optional(),
  subject: name.optional(),
  issuer: name.optional(),
  /** With any of these three: sessions with a command of which all of it is so; `since` and `until` then mean its time. */
  rule: name.optional(),
  verdict: z.enum(['allow', 'hold', 'deny']).optional(),
  text: z.string().min(1).max(1_000).optional(),
  /** Alive at any time between these. */
  since: offsetTime.optional(),
  until: offsetTime.optional(),
  ...page,
});

export const approvalQuery = z.strictObject({ state: approvalState.optional(), ...page });

export const eventQuery = z.strictObject({
  /** `true`: goes on with what happens until the session ends. */
  follow: z.enum(['true', 'false']).optional(),
});

export const restoreQuery = z.strictObject({ issuer: name.optional() });
