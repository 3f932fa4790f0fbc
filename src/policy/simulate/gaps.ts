import type { Facts } from '../when.ts';

/** What a decision can hang on, and a record may not tell. */
export const gaps = {
  claims: 'the claims of tokens',
  groups: 'the groups of who acts for somebody',
  purpose: 'the purpose of who acts for somebody',
  task: 'the task of who acts for somebody',
  ticket: 'what a ticket narrows its identity to',
  parameters: 'the parameters',
  unbounded: 'whether a write was unbounded',
  uses: 'what was done with the columns that are sensitive then',
  commands: 'how many commands the session had sent',
  rows: 'how many rows the session had read',
} as const;
export type Gap = keyof typeof gaps;

/** Where conditions look for it. */
const members: readonly [member: keyof Facts, gaps: readonly Gap[]][] = [
  ['identity', ['claims', 'groups', 'purpose', 'task']],
  ['command', ['parameters', 'unbounded', 'uses']],
  ['session', ['commands', 'rows']],
];

/** Facts that fail where a condition asks for what is not on record; `asked` is told. CEL lets `true || fails` be true. */
export function withGaps(facts: Facts, missing: ReadonlySet<Gap>, asked: (gap: Gap) => void): Facts {
  for (const [member, its] of members) {
    const object = facts[member];
    if (object === undefined) continue;
    for (const gap of its) {
      if (!missing.has(gap)) continue;
      Object.defineProperty(object, gap, {
        get() {
          asked(gap);
          throw new Error('not on record');
        },
      });
    }
  }
  return facts;
}
