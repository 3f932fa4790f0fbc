import { SallyportError } from '../core/errors.ts';
import { identityKey } from '../core/identity.ts';
import type { Identity, Within } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';

/** How many may stand behind each other: a person, a crew, an agent of it, and a tool of that. */
const chainMax = 4;

/**
 * The subject with one more who acts for it, behind those who do already.
 * @throws SallyportError `protocol` where nobody can act so, `denied` where the subject's token names another
 */
export function actingFor(subject: Identity, actor: Identity): Identity {
  const all = [...chain(subject), ...chain(actor)];
  if (new Set(all.map(identityKey)).size < all.length) {
    throw new SallyportError('protocol', 'Sallyport: nobody acts for themselves', {
      hint: 'Leave actor_token out to get a ticket of your own.',
    });
  }
  if (all.length > chainMax) {
    throw new SallyportError(
      'protocol',
      `Sallyport: ${all.length} would act for each other; ${chainMax} may`,
    );
  }
  mustBeNamed(subject, actor);
  return behind(subject, actor);
}

/** RFC 8693 §4.4: a token may say who alone may act for its subject. */
function mustBeNamed({ claims }: Identity, actor: Identity): void {
  const named = claims['may_act'];
  if (named === undefined) return;
  const { sub, iss } =
    typeof named === 'object' && named !== null ? { sub: undefined, iss: undefined, ...named } : {};
  if (sub === actor.subject && (iss === undefined || iss === actor.issuer)) return;
  throw new SallyportError(
    'denied',
    'Sallyport: the subject’s token lets somebody else act for it (may_act)',
  );
}

function behind(identity: Identity, actor: Identity): Identity {
  const { actor: next } = identity;
  return { ...identity, actor: next === undefined ? actor : behind(next, actor) };
}

/** What a ticket is to be, apart from whom it is for. */
export interface Narrowing extends Within {
  readonly ticket: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
  readonly purpose?: string;
  readonly task?: string;
}

/**
 * The identity of a ticket: everybody in it keeps what they had been narrowed to, and is narrowed further.
 * @throws SallyportError `denied` where a purpose or task was given already, and is another
 */
export function narrowed(identity: Identity, to: Narrowing): Identity {
  const purpose = only('purpose', identity, to.purpose);
  const task = only('task', identity, to.task);
  const said = {
    ...(purpose === undefined ? {} : { purpose }),
    ...(task === undefined ? {} : { task }),
  };
  const each = (one: Identity): Identity => ({
    ...one,
    ...said,
    ...withinOf(one, to),
    ticket: to.ticket,
    expiresAtMs: to.expiresAtMs,
    ...(one.actor === undefined ? {} : { actor: each(one.actor) }),
  });
  return each(identity);
}

/** Rules may ask for the purpose, so a ticket that has one cannot become a ticket for another. */
function only(name: 'purpose' | 'task', identity: Identity, asked: string | undefined): string | undefined {
  const said = [...chain(identity).map((one) => one[name]), asked].filter((one) => one !== undefined);
  const [first, another] = new Set(said);
  if (another === undefined) return first;
  throw new SallyportError('denied', `Sallyport: the ${name} was given already, and stays as it was`, {
    hint: `Leave ${name} out, or begin from the token that the first ticket came from.`,
  });
}

/** The same identity, for less. */
export function narrowedTo(identity: Identity, to: Within): Identity {
  const { actor } = identity;
  return {
    ...identity,
    ...withinOf(identity, to),
    ...(actor === undefined ? {} : { actor: narrowedTo(actor, to) }),
  };
}

function withinOf({ within }: Identity, to: Within): { within?: Within } {
  const targets = both(within?.targets, to.targets);
  const rules = both(within?.rules, to.rules);
  if (targets === undefined && rules === undefined) return {};
  return {
    within: {
      ...(targets === undefined ? {} : { targets }),
      ...(rules === undefined ? {} : { rules }),
    },
  };
}

function both(
  some: readonly string[] | undefined,
  others: readonly string[] | undefined,
): readonly string[] | undefined {
  if (some === undefined || others === undefined) return some ?? others;
  return some.filter((one) => others.includes(one));
}
