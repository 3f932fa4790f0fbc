import { randomUUID } from 'node:crypto';

import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import { requestable, requestHint } from '../core/requestable.ts';
import { eventIdentity } from '../core/session.ts';
import type { Session } from '../core/session.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { ProtocolParts } from './protocol.ts';

export type ProtocolName = UpstreamTarget['protocol'];
export type TargetOf<P extends ProtocolName> = Extract<UpstreamTarget, { protocol: P }>;

/** How a client names a target. */
const named: Readonly<Record<ProtocolName, string>> = {
  postgres: "The database name is the target's name.",
  aws: 'The ticket names it: sallyport aws-credentials --target.',
  http: "The path begins with /t/ and the target's name.",
  mcp: "The address is /t/, the target's name and /mcp.",
};

/** Random enough not to be guessed. */
export function newSessionId(): string {
  return `s_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}

/** @throws SallyportError where this identity has no business here, or none any more */
export function admit<P extends ProtocolName>(
  parts: ProtocolParts,
  identity: Identity,
  protocol: P,
  name: string,
): TargetOf<P> {
  if (parts.revoked(identity)) throw revoked();
  const open = [...parts.targets().values()].filter(
    (target): target is TargetOf<P> =>
      target.protocol === protocol && parts.policy().admits(identity, target),
  );
  const target = open.find((one) => one.name === name);
  if (target !== undefined) return target;
  const closed = parts.targets().get(name);
  const ask = closed?.protocol === protocol ? askFirst(parts, identity, closed) : undefined;
  if (ask !== undefined) throw ask;
  // Whether a target exists that this identity may not reach is none of its business.
  throw new SallyportError(
    'unknown_target',
    `Sallyport: there is no target "${name}" for ${identity.subject}`,
    {
      hint:
        open.length === 0
          ? 'No rule lets this identity reach any target; ask whoever keeps sallyport.yaml.'
          : `${named[protocol]} Open to you: ${open.map((one) => one.name).join(', ')}.`,
    },
  );
}

/** Who may ask for a rule that would let them in may know that there is a door. */
function askFirst(
  parts: ProtocolParts,
  identity: Identity,
  target: UpstreamTarget,
): SallyportError | undefined {
  const rules = parts
    .policy()
    .requestable(identity, target)
    .filter(({ allow, hold }) => allow.length + hold.length > 0);
  if (rules.length === 0) return undefined;
  const asks = requestable(
    target.name,
    rules.map((rule) => rule.name),
  );
  return new SallyportError(
    'denied',
    `Sallyport: ${target.name} is closed to ${identity.subject} until a request is granted`,
    { hint: requestHint(asks), detail: { requestable: asks } },
  );
}

export function revoked(): SallyportError {
  return new SallyportError('revoked', 'Sallyport: this identity is revoked', {
    hint: 'Ask whoever watches the gateway to restore it.',
  });
}

/** A session that is not on record does not begin. */
export async function recordOpening(
  parts: ProtocolParts,
  session: Session,
  protocol: ProtocolName,
  application?: string,
): Promise<void> {
  parts.journal.append({
    type: 'session.opened',
    session: session.id,
    protocol,
    client: session.client,
    target: session.target.name,
    identity: eventIdentity(session.identity),
    ...(application === undefined ? {} : { application }),
    chain: chain(session.identity).map(({ groups, within }) => ({
      groups,
      ...(within === undefined ? {} : { within }),
    })),
  });
  await parts.journal.commit();
  await parts.book.opened(session, protocol, application);
}

export async function recordClosing(
  parts: ProtocolParts,
  session: Session,
  { message, code }: SallyportError,
): Promise<void> {
  const { id, commands, rows } = session;
  parts.journal.note({ type: 'session.closed', session: id, reason: message, commands, rows });
  await parts.book.closed(session, code);
}
