import { z } from 'zod';
import { budgetPeriods } from '../../core/budget.ts';
import { effectKinds } from '../../core/effect.ts';
import { duration, text, texts } from './words.ts';

const effect = z.string().describe(`A kind (${effectKinds.join(', ')}) or one action of it: write.delete.`);
const effects = z.array(effect).min(1);

export const who = z
  .strictObject({
    subjects: texts.exactOptional().describe('Exact subjects.'),
    groups: texts.exactOptional().describe('Any of these groups.'),
    kind: z.enum(['agent', 'human']).exactOptional(),
    issuer: text.exactOptional().describe("An issuer's URL, or sallyport for the gateway's own."),
    claims: z
      .record(text, z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .exactOptional()
      .describe('Claims and the value each must equal or, being a list, hold.'),
    any: z.literal(true).exactOptional().describe('Everybody.'),
    get not() {
      return who.optional().describe('Everybody but these.');
    },
  })
  .describe('Whom a rule is about. Every part that is given must match.');

const approvers = z.strictObject({
  groups: texts.exactOptional(),
  subjects: texts.exactOptional(),
  count: z.int().min(1).max(100).default(1).describe('How many different people must agree.'),
});

const onRequest = z
  .strictObject({
    approvers: approvers.exactOptional().describe('Who wakes it.'),
    self: z
      .literal(true)
      .exactOptional()
      .describe('Whoever asks wakes it alone (break glass), instead of approvers.'),
    for: duration.describe('How long a grant lasts at the longest.'),
    notify: texts.exactOptional().describe('Channels that are told, of notify.'),
  })
  .describe('Makes the rule dormant: it counts only for whom a request for it was granted, for a while.');

const targetPattern = z
  .union([texts, z.strictObject({ labels: z.record(text, text) })], {
    error: 'must be a list of names, or labels: {…}',
  })
  .describe('Names (* stands for any characters) or labels. The gateway itself is the target sallyport.');

export const rule = z.strictObject({
  name: text.describe('Shown in refusals and in the record.'),
  who: who
    .exactOptional()
    .describe('Absent: everybody. A rule that allows or reveals must say so: any: true.'),
  targets: targetPattern,
  allow: effects.exactOptional(),
  hold: effects.exactOptional(),
  deny: effects.exactOptional(),
  reveal: texts.exactOptional().describe('Sensitive columns shown in clear: globs.'),
  resources: texts.exactOptional().describe('Globs over what effects are on; absent: any.'),
  when: text.exactOptional().describe('CEL over identity, target, command, session, now.'),
  because: text.exactOptional().describe('Told to whom it refuses.'),
  approvers: approvers
    .extend({
      until: duration
        .exactOptional()
        .describe('For how long they may agree to the very same command, any number of times. Absent: once.'),
    })
    .exactOptional()
    .describe('Who decides on what is held.'),
  wait: duration
    .exactOptional()
    .describe('How long the connection of a held command is kept open. Default 2m.'),
  valid: duration.exactOptional().describe('How long a later approval can still be used, once. Default 15m.'),
  preview: z
    .enum(['run'])
    .exactOptional()
    .describe(
      'run: a held INSERT, UPDATE, DELETE or MERGE is run before it is approved, and committed or undone by the decision. Absent: it is not.',
    ),
  preview_for: duration
    .exactOptional()
    .describe('How long such a run is kept, with its locks, at the most. Default 30s; up to 5m.'),
  limits: z
    .strictObject({
      rows: z.int().min(1).exactOptional().describe('Rows one command may return.'),
      statement: duration.exactOptional().describe('Time one command may take.'),
      idle: duration.exactOptional().describe('Time a session may rest.'),
      session: duration.exactOptional().describe('Time a session may last.'),
    })
    .exactOptional(),
  on_request: onRequest.exactOptional(),
});

export const budget = z
  .strictObject({
    name: text.exactOptional().describe('Shown in refusals; absent: its place in this file.'),
    who: who.exactOptional().describe('Absent: everybody. Each identity has its own.'),
    targets: targetPattern,
    per: z.enum(budgetPeriods).describe('session, grant (of a dormant rule) or day (UTC).'),
    rows: z.int().min(1).exactOptional().describe('Rows of answers.'),
    commands: z.int().min(1).exactOptional().describe('Commands; BEGIN, SET and the like are none.'),
    bytes: z.int().min(1).exactOptional().describe('Bytes of answers, as the target sends them.'),
  })
  .describe('How much one identity may do.');
