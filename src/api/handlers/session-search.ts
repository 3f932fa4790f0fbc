import type { z } from 'zod';
import type { Name } from '../../core/record-query.ts';
import type { SessionRecord } from '../../core/records.ts';
import type { sessionQuery } from '../contract/schemas.ts';
import type { ApiParts } from '../parts.ts';
import { journalTime } from '../journal-time.ts';

export type SessionQueryBody = z.output<typeof sessionQuery>;

/** Whether it asks for something that the search index knows, and the store does not. */
export function asksForCommands({ rule, verdict, text }: SessionQueryBody): boolean {
  return rule !== undefined || verdict !== undefined || text !== undefined;
}

/**
 * Sessions with a command that fits: the index says which, the store what they are. Looked for page by page, as the
 * index knows neither who may see them nor which are open.
 */
export async function sessionsWith(
  parts: Pick<ApiParts, 'record' | 'sessions'>,
  { state, after, since, until, ...same }: SessionQueryBody & { readonly own?: Name },
  maySee: (record: SessionRecord) => boolean,
): Promise<readonly SessionRecord[]> {
  const { limit } = same;
  const found: SessionRecord[] = [];
  let beforeSession = after;
  for (;;) {
    const ids = await parts.record.sessions({
      ...same,
      beforeSession,
      ...(since === undefined ? {} : { since: journalTime(since) }),
      ...(until === undefined ? {} : { until: journalTime(until) }),
    });
    for (const id of ids) {
      const record = await parts.sessions.get(id);
      if (record !== undefined && isIn(record, state) && maySee(record)) found.push(record);
    }
    beforeSession = ids.at(-1);
    if (found.length >= limit || ids.length < limit) return found.slice(0, limit);
  }
}

function isIn({ closedAtMs }: SessionRecord, state: SessionQueryBody['state']): boolean {
  return state === undefined || (closedAtMs === null) === (state === 'live');
}
