import type { EventActor, EventIdentity, StampedEvent } from '../../core/event.ts';
import type { Identity } from '../../core/identity.ts';
import type { Grants } from '../../core/ports.ts';
import { grantKey } from '../../core/requests.ts';
import type { Rule } from '../../core/rule.ts';
import type { Target } from '../../core/target.ts';

type GrantEvent = Extract<StampedEvent, { type: 'grant.started' | 'grant.ended' }>;

/** Grants as the record tells of them, each for the rule of the same name, whatever that says now. */
export class PastGrants implements Grants {
  /** By request. */
  readonly #grants = new Map<
    string,
    { readonly key: string; readonly target: string; readonly rule: string }
  >();
  version = 0;

  take(event: GrantEvent): void {
    const { request, target, rule } = event;
    if (event.type === 'grant.ended') this.#grants.delete(request);
    else this.#grants.set(request, { key: keyOf(event.identity), target, rule });
    this.version += 1;
  }

  awake(identity: Identity, rule: Rule, target: Target): boolean {
    if (this.#grants.size === 0) return false;
    const key = grantKey(identity);
    return this.#grants
      .values()
      .some((grant) => grant.key === key && grant.rule === rule.name && grant.target === target.name);
  }
}

function keyOf({ subject, issuer, kind, actor }: EventIdentity | EventActor): string {
  return grantKey(identityOf({ subject, issuer, kind, ...(actor === undefined ? {} : { actor }) }));
}

function identityOf({ actor, ...one }: EventActor): Identity {
  return {
    ...one,
    groups: [],
    claims: {},
    expiresAtMs: 0,
    ...(actor === undefined ? {} : { actor: identityOf(actor) }),
  };
}
