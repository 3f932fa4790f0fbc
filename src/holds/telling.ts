import type { EventIdentity } from '../core/event.ts';
import type { Notice } from '../core/notice.ts';
import type { HoldRecord } from '../core/records.ts';

type Told = Pick<HoldRecord, 'id' | 'identity' | 'target' | 'text' | 'effects' | 'rules'>;

/** A command waits for people. */
export function holdOpened(hold: Told, url: string): Notice {
  return { kind: 'hold.opened', ...about(hold, url) };
}

/** One of them has decided; others may have to agree too. */
export function holdDecided(
  hold: Told,
  it: { readonly decision: 'approve' | 'deny'; readonly by: EventIdentity; readonly url: string },
): Notice {
  const { decision, by, url } = it;
  return { kind: 'hold.decided', ...about(hold, url), decision, by: [by.subject] };
}

function about({ id, identity, target, text, effects, rules }: Told, url: string): Omit<Notice, 'kind'> {
  const { subject, issuer, kind: identityKind, actor } = identity;
  return {
    about: id,
    subject,
    issuer,
    identityKind,
    ...(actor === undefined ? {} : { actor: actor.subject }),
    target,
    text,
    effects,
    rules,
    url,
  };
}
