import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { Found, VerificationBody } from '../contract/schemas/verification.ts';
import type { JournalVerification } from '../parts.ts';
import { iso } from '../wire.ts';

export const verification = answering(routes.verification, async (parts) =>
  bodyOf(parts.verification.state()),
);

export const verify = answering(routes.verify, async (parts) => {
  parts.verification.start();
  return bodyOf(parts.verification.state());
});

type State = ReturnType<JournalVerification['state']>;

function bodyOf({ runningSinceMs, last }: State): VerificationBody {
  return {
    runningSince: runningSinceMs === undefined ? null : iso(runningSinceMs),
    last: last === undefined ? null : { at: iso(last.atMs), tookMs: last.tookMs, found: foundOf(last.found) },
  };
}

function foundOf(found: NonNullable<State['last']>['found']): Found {
  if ('failure' in found) return { outcome: 'failed', reason: found.failure };
  return found.intact
    ? { outcome: 'intact', ...found, dropped: found.dropped ?? null }
    : { outcome: 'broken', ...found };
}
