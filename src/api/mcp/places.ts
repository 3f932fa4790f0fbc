import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { UpstreamTarget } from '../../core/target.ts';
import type { ApiParts } from '../parts.ts';

/** How far a target is open to an identity. */
export type Openness = 'open' | 'on request';

/** Undefined: whether there is such a target is none of their business. */
export function opennessOf(
  parts: Pick<ApiParts, 'policy'>,
  caller: Identity,
  target: UpstreamTarget,
): Openness | undefined {
  const policy = parts.policy();
  if (policy.admits(caller, target)) return 'open';
  return policy.requestable(caller, target).length > 0 ? 'on request' : undefined;
}

/** @throws SallyportError `unknown_target`, in the same words for one that is there and one that is not */
export function targetFor(
  parts: Pick<ApiParts, 'policy' | 'targets'>,
  caller: Identity,
  name: string,
): UpstreamTarget {
  const found = parts.targets().get(name);
  if (found !== undefined && opennessOf(parts, caller, found) !== undefined) return found;
  throw new SallyportError('unknown_target', 'Sallyport: no such target is open to you');
}
