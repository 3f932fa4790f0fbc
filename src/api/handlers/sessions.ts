import { SallyportError } from '../../core/errors.ts';
import type { StampedEvent } from '../../core/event.ts';
import type { Identity } from '../../core/identity.ts';
import { isNarrowed, isOwn } from '../../core/own.ts';
import type { SessionFilter, SessionRecord } from '../../core/records.ts';
import { eventIdentity } from '../../core/session.ts';
import { answering, streaming } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { onRecord } from '../on-record.ts';
import type { ApiParts } from '../parts.ts';
import { lackingRight } from '../rights.ts';
import { iso, sessionBody } from '../wire.ts';
import { asksForCommands, sessionsWith } from './session-search.ts';
import type { SessionQueryBody } from './session-search.ts';

/** The store and the journal read the clock one after the other. */
const slackMs = 60_000;

export const listSessions = answering(routes.listSessions, async (parts, { caller, all, query }) => {
  if (!all) mustBeOwn(parts, caller, query);
  const found = asksForCommands(query)
    ? await sessionsWith(parts, all ? query : { ...query, own: nameOf(caller) }, (record) =>
        all ? true : isOwn(record.identity, caller),
      )
    : all
      ? await parts.sessions.list(filterOf(query))
      : await ownSessions(parts, caller, filterOf(query));
  return { sessions: found.map((record) => sessionBody(record, parts.live)) };
});

export const getSession = answering(routes.getSession, async (parts, { caller, all, params }) =>
  sessionBody(await sessionFor(parts, params.id, all ? undefined : caller), parts.live),
);

export const sessionEvents = streaming(
  routes.sessionEvents,
  async (parts, { caller, all, params, query, signal }) => {
    const { id, openedAtMs } = await sessionFor(parts, params.id, all ? undefined : caller);
    const follow = query.follow === 'true' && parts.live.get(id) !== undefined;
    const events = parts.events.read({ session: id, sinceTime: iso(openedAtMs - slackMs), follow, signal });
    return follow ? untilClosed(events) : events;
  },
);

export const killSession = answering(routes.killSession, async (parts, { caller, params: { id } }) => {
  if (parts.live.get(id) === undefined) throw notLive(await sessionFor(parts, id));
  await onRecord(parts.journal, { type: 'session.killed', session: id, by: eventIdentity(caller) });
  return { ended: parts.live.kill(id, caller.subject) ? 1 : 0 };
});

function filterOf({ state, target, subject, issuer, since, until, after, limit }: SessionQueryBody) {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(target === undefined ? {} : { target }),
    ...(state === undefined ? {} : { open: state === 'live' }),
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    ...(after === undefined ? {} : { after }),
    limit,
  };
}

function nameOf({ subject, issuer }: Identity): Pick<Identity, 'subject' | 'issuer'> {
  return { subject, issuer };
}

/** @throws SallyportError `denied` where somebody else's are asked for */
function mustBeOwn(parts: ApiParts, caller: Identity, { subject, issuer }: SessionQueryBody): void {
  const another =
    (subject !== undefined && subject !== caller.subject) ||
    (issuer !== undefined && issuer !== caller.issuer);
  if (another) throw lackingRight(parts, caller, routes.listSessions.right);
}

/** What `isOwn` says of them. */
export async function ownSessions(
  parts: ApiParts,
  caller: Identity,
  filter: SessionFilter,
): Promise<readonly SessionRecord[]> {
  const own = nameOf(caller);
  if (isNarrowed(caller)) {
    const { ticket } = caller;
    return ticket === undefined ? [] : parts.sessions.list({ ...filter, own, ticket });
  }
  if (caller.actor === undefined) return parts.sessions.list({ ...filter, own });
  return sessionsActing(parts, caller, { ...filter, own });
}

/** Those of the person in which the same act: looked for page by page, as the store does not know them apart. */
async function sessionsActing(
  parts: ApiParts,
  caller: Identity,
  filter: SessionFilter,
): Promise<readonly SessionRecord[]> {
  const found: SessionRecord[] = [];
  let { after } = filter;
  for (;;) {
    const page = await parts.sessions.list({ ...filter, ...(after === undefined ? {} : { after }) });
    found.push(...page.filter(({ identity }) => isOwn(identity, caller)));
    after = page.at(-1)?.id;
    if (found.length >= filter.limit || page.length < filter.limit) return found.slice(0, filter.limit);
  }
}

/** @throws SallyportError `not_found`, also where it is not `visibleTo`'s own: ids must not be worth guessing */
async function sessionFor(parts: ApiParts, id: string, visibleTo?: Identity): Promise<SessionRecord> {
  const record = await parts.sessions.get(id);
  if (record !== undefined && (visibleTo === undefined || isOwn(record.identity, visibleTo))) return record;
  throw new SallyportError('not_found', 'Sallyport: there is no such session that you may see');
}

function notLive({ closedAtMs }: SessionRecord): SallyportError {
  const why = closedAtMs === null ? 'is served by another process of the gateway' : 'has ended already';
  return new SallyportError('conflict', `Sallyport: this session ${why}`);
}

async function* untilClosed(events: AsyncIterable<StampedEvent>): AsyncIterable<StampedEvent> {
  for await (const event of events) {
    yield event;
    if (event.type === 'session.closed') return;
  }
}
