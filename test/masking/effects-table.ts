import type { Judgement } from './effects-judge.ts';

/** A judgement and the place in the corpus that it is about. */
export type Placed = Judgement & { readonly place: string };

/** What the table of results counts. */
export const columns = [
  'reads called reads',
  'writes called writes',
  'called more than they did',
  'called opaque',
  'excused',
  'errors of the server',
  'writes called reads',
] as const;
export type Column = (typeof columns)[number];

export function columnOf(judgement: Judgement): Column {
  const { called, wrote, sqlstate } = judgement;
  const calm = called === 'read' || called === 'session';
  if (calm && wrote.length > 0) return isExcused(judgement) ? 'excused' : 'writes called reads';
  if (sqlstate !== undefined) return 'errors of the server';
  if (calm) return 'reads called reads';
  if (called === 'opaque') return 'called opaque';
  return wrote.length > 0 ? 'writes called writes' : 'called more than they did';
}

export function inWords({ place, sql, effects, wrote, touched, sqlstate = 'no error' }: Placed): string {
  return `${place}: ${sql}\n  ${[effects, ...wrote, ...touched, sqlstate].join('; ')}`;
}

/** Leaves a trace, and is rightly called no write all the same. */
function isExcused({ sql, wrote }: Judgement): boolean {
  return excuses.some(([what, traces]) => what.test(sql) && wrote.every((one) => traces.test(one)));
}

const anything = /^/;
const excuses: readonly (readonly [statement: RegExp, traces: RegExp])[] = [
  // Takes a transaction id, and does nothing with it.
  [/\b(txid_current|pg_current_xact_id)\(\)/i, /^took a transaction id$/],
  // Fires the triggers that earlier writes have put off, as COMMIT does; those writes were decided on.
  [/^SET CONSTRAINTS/i, anything],
  // Drops temporary tables, which are the session's own.
  [/^DISCARD (ALL|TEMP)/i, anything],
  // Makes the session's own schema for temporary tables, empty.
  [/\bcurrent_schemas?\b/i, /^(took a transaction id|changed \d rows)$/],
];
