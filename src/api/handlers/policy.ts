import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { journalTime } from '../journal-time.ts';

export const policy = answering(routes.policy, async (parts) => parts.policyView());

export const matrix = answering(routes.matrix, async (parts, { query: { limit } }) =>
  parts.matrixView(limit === 0 ? [] : await parts.seen.list({ limit })),
);

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
