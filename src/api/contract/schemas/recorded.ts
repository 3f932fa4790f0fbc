import { z } from 'zod';

const text = z.string().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);
const count = z.number().optional().catch(undefined);
/** With the other two, hex is only the beginning. */
const cell = z.union([
  z.string(),
  z.null(),
  z.object({ hex: z.string(), bytes: z.number().optional(), sha256: z.string().optional() }),
]);
export type RecordedCell = z.output<typeof cell>;
const somebody = z.object({
  subject: z.string(),
  issuer: z.string(),
  kind: z.enum(['agent', 'human']),
  groups: z.array(z.string()).catch([]),
  purpose: text,
  task: text,
  get actor() {
    return somebody.optional();
  },
});
export type RecordedPerson = z.output<typeof somebody>;
const person = somebody.optional().catch(undefined);

/**
 * An event of a recording, whose type tells which of these it has. A member that is not what it should be is left out:
 * a replay goes on.
 */
export const recordedEvent = z.object({
  seq: z.number(),
  time: z.string(),
  at: text,
  type: z.string(),
  session: text,
  protocol: text,
  client: text,
  target: text,
  application: text,
  user: text,
  subject: text,
  rule: text,
  text,
  verdict: text,
  approval: text,
  code: text,
  because: text,
  tag: text,
  error: text,
  decision: text,
  outcome: text,
  reason: text,
  identity: person,
  by: person,
  command: count,
  commands: count,
  rows: count,
  bytes: count,
  masked: count,
  sent: count,
  received: count,
  unbounded: z.literal(true).optional().catch(undefined),
  effects: texts,
  rules: texts,
  uses: texts,
  reveals: texts,
  detail: z.object({ rules: texts }).optional().catch(undefined),
  columns: texts,
  parameters: z.array(cell).optional().catch(undefined),
  first: z.array(z.array(cell)).optional().catch(undefined),
  maskedAt: z.array(z.array(z.number())).optional().catch(undefined),
  failures: z
    .array(z.object({ rule: z.string(), error: z.string() }))
    .optional()
    .catch(undefined),
});
export type RecordedEvent = z.output<typeof recordedEvent>;
