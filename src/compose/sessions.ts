import type { Config } from '../config/config.ts';
import { mayPass } from '../policy/passage.ts';
import { SallyportError } from '../core/errors.ts';
import { chain } from '../core/live-sessions.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { Policy } from '../core/ports.ts';
import { grantKey } from '../core/requests.ts';
import { eventIdentity } from '../core/session.ts';
import type { UpstreamTarget } from '../core/target.ts';
import type { Grant } from '../holds/live-grants.ts';
import type { SessionBook } from '../protocols/protocol.ts';
import type { Store } from '../store/store.ts';
import { clock } from './clock.ts';

export function sessionBook({ sessions }: Store, instance: string): SessionBook {
  return {
    opened: (session, protocol, application) =>
      sessions.add({
        id: session.id,
        protocol,
        target: session.target.name,
        client: session.client,
        application: application ?? null,
        identity: eventIdentity(session.identity),
        instance,
        openedAtMs: session.openedAtMs,
        closedAtMs: null,
        reason: null,
        commands: 0,
        rows: 0,
      }),
    closed: ({ id, commands, rows }, reason) =>
      sessions.close(id, { atMs: clock.now(), reason, commands, rows }),
  };
}

/** After a reload: sessions on targets that are gone or elsewhere end, and tunnels that nobody is let through; others go on under what holds now. */
export function retarget(live: LiveSessions, { passthrough, targets }: Config): void {
  for (const session of live.list()) {
    if (mayPass(passthrough, session.identity, session.target.name)) continue;
    const target = targets.get(session.target.name);
    if (target !== undefined && sameUpstream(target, session.target)) session.target = target;
    else session.end(new SallyportError('revoked', 'Sallyport: this target was changed or removed'));
  }
}

/** Sessions that nothing lets in any more, now that these grants are over. */
export function endUnadmitted(live: LiveSessions, policy: Policy, over: readonly Grant[]): void {
  for (const { key, target } of over) {
    live.endIf(
      (session) =>
        session.target.name === target &&
        chain(session.identity).some((one) => grantKey(one) === key) &&
        !policy.admits(session.identity, session.target),
      grantOver,
    );
  }
}

function grantOver(): SallyportError {
  return new SallyportError('revoked', 'Sallyport: the grant that let you in is over', {
    hint: 'Ask again: sallyport requests says what for.',
  });
}

/** Sessions go on over a reload only where it leaves their upstream and credential as they were. */
function sameUpstream(a: UpstreamTarget, b: UpstreamTarget): boolean {
  const upstream = ({ protocol, address, credential }: UpstreamTarget): string =>
    JSON.stringify([protocol, address, credential]);
  return upstream(a) === upstream(b);
}
