import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Target } from '../../core/target.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { Asked } from '../contract/schemas.ts';
import { explainedBody } from '../explained.ts';
import type { ApiParts } from '../parts.ts';
import { lackingRight } from '../rights.ts';

export const explain = answering(
  routes.explain,
  async (parts, { caller, all, body: { as, target, text } }) => {
    if (as !== undefined && !all) throw lackingRight(parts, caller, routes.explain.right);
    const found = parts.targets().get(target);
    if (found === undefined || (!all && !mayKnow(parts, caller, found))) {
      throw new SallyportError('unknown_target', 'Sallyport: no such target is open to you', {
        hint: 'GET /api/v1/targets lists those that are.',
      });
    }
    const identity = as === undefined ? caller : supposed(as, caller);
    const budgets = parts.budgets.left(identity, found);
    return explainedBody(await parts.explain({ identity, target: found, text }), budgets);
  },
);

/** It is open to them, or could be. */
function mayKnow(parts: ApiParts, caller: Identity, target: Target): boolean {
  const policy = parts.policy();
  return policy.admits(caller, target) || policy.requestable(caller, target).length > 0;
}

/** Somebody who was never verified: for asking the rules, and for nothing else. */
function supposed({ subject, issuer, kind, groups, claims }: Asked, caller: Identity): Identity {
  return {
    subject,
    issuer: issuer ?? 'sallyport',
    kind,
    groups,
    claims: claims ?? {},
    expiresAtMs: caller.expiresAtMs,
  };
}

export const checkpoint = answering(routes.checkpoint, async (parts) => {
  const found = await parts.checkpoint();
  if (found === undefined) throw new SallyportError('not_found', 'Sallyport: nothing was signed yet');
  return found;
});
