import type { StatementFacts } from './analyse.ts';

/** A text names more things than anybody could judge, or than could be looked up without keeping others waiting. */
export class IntricateError extends Error {
  override readonly name = 'IntricateError';
}

/**
 * What one text may name, counted as facts of it: a look-up of this many takes about a tenth of a second. A thousand
 * INSERTs into different tables are within it.
 */
const factsMax = { effects: 5_000, functions: 5_000 } as const;
/** Each has a scope of names of its own to be kept. */
export const ctesMax = 1_000;

/** @throws IntricateError */
export function checkCount(statements: readonly StatementFacts[]): void {
  const count = (of: (statement: StatementFacts) => readonly unknown[]): number =>
    statements.reduce((sum, statement) => sum + of(statement).length, 0);
  const tooMany =
    count(({ effects }) => effects) > factsMax.effects ||
    count(({ functions }) => functions) > factsMax.functions;
  if (tooMany) throw new IntricateError('too many names');
}
