import { SallyportError } from '../../core/errors.ts';
import type { StampedEvent } from '../../core/event.ts';
import { seesItsTicketAlone } from '../../core/own.ts';
import { answering, streaming } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { journalTime } from '../journal-time.ts';
import { lackingRight } from '../rights.ts';

export const searchEvents = answering(routes.searchEvents, async (parts, { caller, all, query }) => {
  const { after, since, until, ...same } = query;
  const others =
    (query.subject !== undefined && query.subject !== caller.subject) ||
    (query.issuer !== undefined && query.issuer !== caller.issuer);
  if (!all && others) throw lackingRight(parts, caller, routes.searchEvents.right);
  // A ticket sees what was done with it alone, which is in its recordings: the index does not know it apart.
  if (!all && seesItsTicketAlone(caller)) return { events: [], indexedTo: 0 };
  const own = { own: { subject: caller.subject, issuer: caller.issuer }, ofSessions: true };
  const { lines, indexedTo } = await parts.record.search({
    ...same,
    ...(after === undefined ? {} : { before: after }),
    ...(since === undefined ? {} : { since: journalTime(since) }),
    ...(until === undefined ? {} : { until: journalTime(until) }),
    ...(all ? {} : own),
  });
  return { events: lines.map((line) => JSON.parse(line)), indexedTo };
});

export const streamEvents = streaming(routes.streamEvents, async (parts, { query, signal }) => {
  const { record } = parts;
  const oldest = await record.oldestSeq();
  const after = query.after ?? Math.max(0, (oldest ?? 1) - 1);
  mustBeThere(after, { oldest, newest: record.newestSeq() });
  const since = query.since === undefined ? undefined : journalTime(query.since);
  const until = query.until === undefined ? undefined : journalTime(query.until);
  const events = record.read({
    sinceSeq: after,
    follow: query.follow !== 'false',
    signal,
    ...(since === undefined ? {} : { sinceTime: since }),
  });
  return withoutGaps(events, { from: since === undefined ? after : undefined, until });
});

export const reindex = answering(routes.reindex, async (parts) => {
  parts.record.reindex();
  return { started: true as const };
});

/** Whoever comes with a cursor must not lose events without a word. */
function mustBeThere(
  after: number,
  { oldest, newest }: { readonly oldest: number | undefined; readonly newest: number },
): void {
  if (oldest !== undefined && after < oldest - 1) {
    throw new SallyportError('conflict', `Sallyport: events ${after + 1} to ${oldest - 1} were dropped`, {
      hint: `Go on with after=${oldest - 1}; journal.keep says how long events are kept.`,
    });
  }
  if (after > newest) {
    throw new SallyportError('conflict', `Sallyport: the record ends at ${newest}, before ${after}`, {
      hint: 'The journal was begun anew: leave after out to have all of it.',
    });
  }
}

/** Breaks off where an event is missing, rather than going on as if it had never been. */
async function* withoutGaps(
  events: AsyncIterable<StampedEvent>,
  { from, until }: { readonly from: number | undefined; readonly until: string | undefined },
): AsyncIterable<StampedEvent> {
  let last = from;
  for await (const event of events) {
    if (last !== undefined && event.seq !== last + 1) {
      throw new SallyportError('internal', `Sallyport: event ${last + 1} is missing from the journal`);
    }
    if (until !== undefined && event.time > until) return;
    last = event.seq;
    yield event;
  }
}
