import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Verdict } from '../core/verdict.ts';
import { describeRight } from './contract/route.ts';
import type { Right } from './contract/route.ts';
import type { ApiParts } from './parts.ts';

type Deciding = Pick<ApiParts, 'policy' | 'gatewayTarget'>;

/** Whether the rules on the gateway itself let this identity do this. */
export function may(parts: Deciding, caller: Identity, right: Right): boolean {
  return verdictOn(parts, caller, right).kind === 'allow';
}

/** @throws SallyportError `denied` */
export function mustMay(parts: Deciding, caller: Identity, right: Right): void {
  const verdict = verdictOn(parts, caller, right);
  if (verdict.kind !== 'allow') throw lacking(parts, caller, right, verdict);
}

export function lackingRight(parts: Deciding, caller: Identity, right: Right): SallyportError {
  return lacking(parts, caller, right, verdictOn(parts, caller, right));
}

function verdictOn({ policy, gatewayTarget }: Deciding, caller: Identity, right: Right): Verdict {
  return policy().decide(caller, gatewayTarget, {
    text: `${describeRight(right)} ${right.resource}`,
    parameters: [],
    effects: [right],
    unbounded: false,
    uses: [],
    context: '',
  });
}

function lacking(
  { gatewayTarget: { name } }: Deciding,
  { subject }: Identity,
  right: Right,
  verdict: Verdict,
): SallyportError {
  const what = `${describeRight(right)} ${right.resource} on ${name}`;
  // Nobody waits at the API: what a rule would hold is refused.
  const why =
    verdict.kind === 'hold'
      ? `a rule holds ${what}, and the gateway's own acts cannot be held`
      : verdict.kind === 'deny' && verdict.uncovered.length === 0
        ? verdict.because
        : `no rule lets ${subject} do ${what}`;
  return new SallyportError('denied', `Sallyport: ${why}`, {
    hint: `A rule with targets: [${name}] and allow: [${right.kind}] lets somebody do it; ask whoever keeps sallyport.yaml.`,
    detail: { rules: verdict.rules },
  });
}
