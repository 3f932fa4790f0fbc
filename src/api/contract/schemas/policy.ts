import { z } from 'zod';
import { identity } from '../schemas.ts';

const name = z.string().min(1).max(500);
const time = z.iso.datetime({ offset: true });
const names = z.array(z.string()).readonly();

export const simulate = z.strictObject({
  /** A whole sallyport.yaml, as text. It is not kept, and its secrets are not resolved. */
  config: z.string().min(1),
  /** Absent: from the beginning of the record. */
  since: time.optional(),
  until: time.optional(),
  /** Commands of this subject alone. */
  identity: name.optional(),
  target: name.optional(),
  /** How many groups are told at most. */
  limit: z.int().min(1).max(500).default(100),
});

/** What is wrong with a configuration, and where; lines and columns count from 1. */
export const problem = z.object({
  file: z.string(),
  line: z.int(),
  column: z.int(),
  message: z.string(),
  hint: z.string().optional(),
});
export type ProblemBody = z.infer<typeof problem>;

const verdict = z.enum(['allow', 'hold', 'deny']);
const now = z.enum(['allow', 'hold', 'deny', 'unknown']);
const whose = identity.pick({ subject: true, issuer: true, kind: true, actor: true });

const examples = z
  .array(z.object({ session: z.string(), seq: z.int(), time: z.string(), text: z.string() }))
  .readonly();

const group = z.object({
  /** What the rules had said. */
  was: verdict,
  /** What these would have said; `unknown` where the record lacks what decides. */
  now,
  identity: whose,
  target: z.string(),
  /** What the commands have in common: their text without its literals. */
  text: z.string(),
  commands: z.int(),
  rulesBefore: names,
  rulesNow: names,
  /** Why it would be refused, or why that cannot be told. */
  because: z.string().optional(),
  examples,
});

const changedMask = z.object({
  target: z.string(),
  resource: z.string(),
  /** Null: in clear. */
  was: z.string().nullable(),
  now: z.string().nullable(),
  identity: whose,
  commands: z.int(),
  examples,
});

export const simulation = z.object({
  /** Of the first and the last command looked at; null where there was none. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Commands that were decided again. */
  commands: z.int(),
  unchanged: z.int(),
  /** Refused for what is no matter of rules: left as they are. By code. */
  leftOut: z.record(z.string(), z.int()),
  changes: z.array(z.object({ was: verdict, now, commands: z.int() })).readonly(),
  groups: z.array(group).readonly(),
  /** Sensitive places that commands touched, and that would come otherwise. */
  masks: z.array(changedMask).readonly(),
  /** Commands that touched something sensitive, and whose masks are not on record. */
  masksUnknown: z.int(),
  /** Changes beyond those listed. */
  unlisted: z.int(),
});
export type SimulationBody = z.infer<typeof simulation>;

export const simulated = z.object({
  /** What is wrong with the configuration; then there is no simulation. */
  problems: z.array(problem).readonly(),
  warnings: z.array(problem).readonly(),
  simulation: simulation.optional(),
});
export type Simulated = z.infer<typeof simulated>;
