import type { Identity } from '../../../core/identity.ts';
import type { UpstreamTarget } from '../../../core/target.ts';
import type { ApiParts } from '../../parts.ts';
import { lines } from '../answer.ts';
import type { Act } from '../asker.ts';
import { opennessOf } from '../places.ts';

/** Which targets there are, and what for. */
export const listTargets: Act<object> = async (parts, { caller }) => {
  const targets = [...parts.targets().values()].flatMap((target) => shown(parts, caller, target) ?? []);
  return {
    text: lines(
      ...targets.map(
        ({ name, protocol, access, allowed, run, address }) =>
          `${name} (${protocol}, ${access}): ${allowed.length === 0 ? 'nothing before a request is granted' : allowed.join('; ')}${
            run || address === null ? '' : `. Not by run: its own clients reach it at ${address}`
          }`,
      ),
      targets.length === 0
        ? 'No target is open to you. Whoever keeps sallyport.yaml can change that.'
        : 'Next: describe_target says what is in one and what is hidden; run does something there.',
    ),
    data: { targets },
  };
};

function shown(parts: ApiParts, caller: Identity, target: UpstreamTarget) {
  const access = opennessOf(parts, caller, target);
  if (access === undefined) return undefined;
  const { name, protocol } = target;
  return {
    name,
    protocol,
    access,
    allowed: parts.policy().allowed(caller, target),
    /** Whether `run` reaches it. */
    run: protocol === 'postgres' || protocol === 'http',
    address: parts.addressOf(target) ?? null,
  };
}
