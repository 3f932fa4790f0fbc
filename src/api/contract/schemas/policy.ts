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
const now = z.enum(['allow', 'hold', 'deny', 'cut', 'unknown']);
const whose = identity.pick({ subject: true, issuer: true, kind: true, actor: true });

const examples = z
  .array(z.object({ session: z.string(), seq: z.int(), time: z.string(), text: z.string() }))
  .readonly();

const group = z.object({
  /** What the rules had said. */
  was: verdict,
  /** What these would have said; `cut`: let through, and stopped by a limit on rows; `unknown`: the record lacks what decides. */
  now,
  identity: whose,
  target: z.string(),
  /** What the commands have in common: their text without its literals. */
  text: z.string(),
  commands: z.int(),
  rulesBefore: names,
  rulesNow: names,
  /** Why the first of them would be refused, or why that cannot be told. */
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

/** The configuration in force, as those may see it who may read the policy. */
export const policy = z.object({
  /** SHA-256 of the file. */
  digest: z.string(),
  /** The file, but for secrets that stand in it and comments that could hold some. */
  text: z.string(),
  /** In the order of the file; `line` counts from 1. */
  rules: z.array(z.object({ name: z.string(), line: z.int(), words: names, asleep: z.boolean() })).readonly(),
  budgets: z.array(z.object({ name: z.string(), line: z.int(), words: z.string() })).readonly(),
  masks: z
    .array(
      z.object({
        target: z.string(),
        resource: z.string(),
        mask: z.string(),
        /** Rules that show it in clear to somebody. */
        revealedBy: names,
      }),
    )
    .readonly(),
  /** What is looked for in every value of a target. */
  detect: z.array(z.object({ target: z.string(), find: names, mask: z.string() })).readonly(),
  targets: z.array(z.object({ name: z.string(), protocol: z.string() })).readonly(),
  warnings: z.array(problem).readonly(),
});
export type PolicyBody = z.infer<typeof policy>;

const cell = z.object({
  kind: z.string(),
  /** The most that there may be: `ask` where only rules let that sleep until a request is granted. */
  verdict: z.enum(['allow', 'hold', 'ask', 'deny']),
  /** Only for some commands of the kind. */
  partly: z.boolean(),
  parts: z
    .array(
      z.object({
        rule: z.string(),
        does: verdict,
        /** These alone; empty: all of the kind. */
        actions: names,
        /** Globs; absent: anything. */
        resources: names.optional(),
        /** Its condition. */
        when: z.string().optional(),
        /** In a row for agents and people alike: it is about these alone. */
        about: z.enum(['agent', 'human']).optional(),
        asleep: z.boolean(),
      }),
    )
    .readonly(),
});
export type MatrixCellBody = z.infer<typeof cell>;

export const matrixQuery = z.strictObject({
  /** How many identities at most, those seen last first. */
  limit: z.coerce.number().int().min(0).max(100).default(20),
});

export const matrix = z.object({
  kinds: names,
  rows: z
    .array(
      z.object({
        who: z.object({
          /** `group`: somebody in that group alone; `everybody`: somebody in none; `seen`: an identity that was here. */
          sort: z.enum(['group', 'everybody', 'seen']),
          name: z.string(),
          /** Null: agents and people alike. */
          kind: z.enum(['agent', 'human']).nullable(),
          issuer: z.string().nullable(),
          groups: names,
        }),
        targets: z.array(z.object({ name: z.string(), cells: z.array(cell).readonly() })).readonly(),
      }),
    )
    .readonly(),
});
export type MatrixBody = z.infer<typeof matrix>;
