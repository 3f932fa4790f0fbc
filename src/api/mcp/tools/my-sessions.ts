import { z } from 'zod';
import { ownSessions } from '../../handlers/sessions.ts';
import { sessionBody } from '../../wire.ts';
import { lines } from '../answer.ts';
import type { Act } from '../asker.ts';

const shownDefault = 10;

export const sessionsArguments = z.strictObject({
  limit: z.int().min(1).max(50).optional().describe(`how many, newest first; ${shownDefault} if left out`),
});

/** What was done in the caller's name, through these tools or otherwise. */
export const mySessions: Act<z.output<typeof sessionsArguments>> = async (
  parts,
  { caller },
  { limit = shownDefault },
) => {
  const found = await ownSessions(parts, caller, { limit });
  const sessions = found.map((record) => {
    const { id, target, openedAt, closedAt, commands, rows } = sessionBody(record, parts.live);
    return { id, target, openedAt, closedAt, commands, rows, record: `${parts.baseUrl()}/sessions/${id}` };
  });
  return {
    text: lines(
      ...sessions.map(
        ({ id, target, openedAt, closedAt, commands, rows }) =>
          `${id} on ${target}, ${openedAt} to ${closedAt ?? 'now'}: ${commands} commands, ${rows} rows`,
      ),
      sessions.length === 0 ? 'There are no sessions of yours.' : undefined,
    ),
    data: { sessions },
  };
};
