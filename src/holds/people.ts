import type { Identity } from '../core/identity.ts';

/**
 * Every name that the people behind an identity go by: its subject, its owner, its e-mail, and those of whoever
 * acts for it. Two identities that share one are taken for the same person, whatever issuers they come from:
 * better one approver too few than somebody who approves their own command.
 */
export function namesOf(identity: Identity): readonly string[] {
  const names = new Set<string>();
  for (let one: Identity | undefined = identity; one !== undefined; one = one.actor) {
    const { email } = one.claims;
    for (const name of [one.subject, one.owner, email]) {
      if (typeof name === 'string' && name.trim() !== '') names.add(sameSpelling(name));
    }
  }
  return [...names];
}

export function samePerson(some: readonly string[], others: readonly string[]): boolean {
  return some.some((name) => others.includes(name));
}

/** Whether an agent has a part in it, acting or acted for: a decision is a person's. */
export function isPerson(identity: Identity): boolean {
  return identity.kind === 'human' && (identity.actor === undefined || isPerson(identity.actor));
}

/** Issuers differ in case and in Unicode form. */
function sameSpelling(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}
