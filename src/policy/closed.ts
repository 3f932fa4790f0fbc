import type { Policy } from '../core/ports.ts';
import type { Deny } from '../core/verdict.ts';

/** Why nothing is let through for the moment, and what to do about it, in a sentence each. */
export type Closed = Required<Pick<Deny, 'because' | 'instead'>>;

/** The same rules, by which no command is let through. Sessions can go on, and wait. */
export function closedPolicy(policy: Policy, why: Closed): Policy {
  const deny: Deny = { kind: 'deny', rules: [], failures: [], uncovered: [], allowed: [], ...why };
  return {
    get version() {
      return policy.version;
    },
    decide: () => deny,
    foredoomed: () => deny,
    admits: (identity, target) => policy.admits(identity, target),
    readOnly: (identity, target) => policy.readOnly(identity, target),
    opening: (identity, target) => policy.opening(identity, target),
    requestable: (identity, target) => policy.requestable(identity, target),
    allowed: () => [],
    resourcesOf: (rules) => policy.resourcesOf(rules),
  };
}
