import type { Event } from '../core/event.ts';
import type { Notice, NoticeKind } from '../core/notice.ts';
import type { RequestRecord } from '../core/requests.ts';
import type { Rule } from '../core/rule.ts';

// What the record, and whoever listens outside, is told of a request.

export function openingOf({ id, identity, target, rule, because, forMs }: RequestRecord): Event {
  return { type: 'request.opened', request: id, identity, target, rule, because, forMs };
}

export function grantEvents({
  id,
  identity,
  target,
  rule,
  untilMs,
  approvers,
}: RequestRecord): readonly Event[] {
  const until = new Date(untilMs ?? 0).toISOString();
  const self = approvers.length === 0;
  return [
    { type: 'request.ended', request: id, outcome: 'granted' },
    { type: 'grant.started', request: id, identity, target, rule, until, self },
  ];
}

/** Without the reason: somebody typed it, and it leaves the gateway. */
export function requestNotice(
  kind: NoticeKind,
  { id, identity, target, rule: name, decisions }: RequestRecord,
  more: { readonly rules: readonly Rule[]; readonly url: string; readonly decision: string | undefined },
): Notice {
  const channels = more.rules.find((rule) => rule.name === name)?.onRequest?.notify ?? [];
  const { subject, issuer, kind: identityKind, actor } = identity;
  return {
    kind,
    about: id,
    subject,
    issuer,
    identityKind,
    ...(actor === undefined ? {} : { actor: actor.subject }),
    target,
    rules: [name],
    ...(more.decision === undefined ? {} : { decision: more.decision }),
    ...(decisions.length === 0 ? {} : { by: decisions.map(({ by }) => by.subject) }),
    url: more.url,
    ...(channels.length === 0 ? {} : { channels }),
  };
}
