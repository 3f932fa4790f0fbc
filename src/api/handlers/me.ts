import { eventIdentity } from '../../core/session.ts';
import { answering } from '../bound.ts';
import { describeRight } from '../contract/route.ts';
import type { Right, Route } from '../contract/route.ts';
import { routes } from '../contract/routes.ts';
import { may } from '../rights.ts';
import { iso } from '../wire.ts';

export const me = answering(routes.me, async (parts, { caller, login }) => ({
  ...eventIdentity(caller),
  ...(login === undefined ? {} : { csrf: login.csrf }),
  ...(caller.within === undefined ? {} : { within: caller.within }),
  expiresAt: iso(caller.expiresAtMs),
  rights: rights.filter((right) => may(parts, caller, right)).map(describeRight),
  budgets: parts.budgets.left(caller),
}));

export const listTargets = answering(routes.listTargets, async (parts, { caller }) => {
  const policy = parts.policy();
  const open = [...parts.targets().values()].filter((target) => policy.admits(caller, target));
  return {
    targets: open.map((target) => {
      const { name, protocol, labels } = target;
      return { name, protocol, labels, address: parts.addressOf(target) ?? null };
    }),
    ownAuthority: (await parts.authority()) !== undefined,
  };
});

const rights = allRights();

function allRights(): readonly Right[] {
  const found = new Map<string, Right>();
  for (const { right } of Object.values<Route>(routes)) {
    if (right !== undefined) found.set(describeRight(right), right);
  }
  return [...found.values()];
}
