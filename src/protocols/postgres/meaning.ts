import { createHash, randomUUID } from 'node:crypto';

import type { Parameter } from '../../core/command.ts';
import type { Analysis, StatementFacts } from '../../wire/sql/analyse.ts';

/** Whether it changes what texts mean to the session from then on: its settings. */
export function changesContext({ settings, tag }: StatementFacts): boolean {
  return settings.length > 0 || tag === 'DiscardStmt';
}

/**
 * What stands for all that a session has done to its settings. Two sessions have the same only if they did the same,
 * so that an approval for the one holds for the other; a digest, so that no length of it hides what came first.
 */
export function contextAfter(
  before: string,
  { text, statements }: Analysis,
  parameters: readonly Parameter[],
): string {
  const hash = createHash('sha256').update(JSON.stringify([before, text, parameters.length]));
  for (const { bytes, format } of parameters) {
    hash.update(JSON.stringify([format, bytes === null ? null : bytes.byteLength]));
    if (bytes !== null) hash.update(bytes);
  }
  // What comes from tables or functions is another thing every time.
  if (statements.some(setsUnseen)) hash.update(randomUUID());
  return hash.digest('base64url');
}

/** `SELECT set_config('search_path', path, false) FROM paths` */
function setsUnseen({ settings, effects, functions }: StatementFacts): boolean {
  if (!settings.some(({ value }) => value === undefined)) return false;
  const reads = effects.some((effect) => 'relation' in effect);
  const calls = functions.filter(({ operator, type }) => operator === undefined && type === undefined);
  return reads || calls.some(({ name }) => name !== 'set_config');
}
