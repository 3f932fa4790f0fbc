import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { journalTime } from '../journal-time.ts';

export const simulate = answering(routes.simulate, (parts, { body, signal }) => {
  const { config: text, since, until, identity, target, limit } = body;
  return parts.simulate(
    {
      text,
      limit,
      ...(since === undefined ? {} : { since: journalTime(since) }),
      ...(until === undefined ? {} : { until: journalTime(until) }),
      ...(identity === undefined ? {} : { identity }),
      ...(target === undefined ? {} : { target }),
    },
    signal,
  );
});
