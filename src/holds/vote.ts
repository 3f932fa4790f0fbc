import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { isNarrowed } from '../core/own.ts';
import type { DecisionRecord } from '../core/records.ts';
import type { Approvers } from '../core/rule.ts';
import { eventIdentity } from '../core/session.ts';
import { isPerson, namesOf, samePerson } from './people.ts';
import { countsFor, settle } from './quorum.ts';
import type { Settled } from './quorum.ts';

/** What people decide on: a held command, a request for access. */
export interface Votable {
  readonly id: string;
  /** Every name of whoever is behind it. */
  readonly names: readonly string[];
  readonly approvers: readonly Approvers[];
  /** The rules that name the approvers. */
  readonly rules: readonly string[];
  readonly decisions: readonly DecisionRecord[];
}

export interface Vote {
  readonly by: Identity;
  readonly decision: 'approve' | 'deny';
  readonly because?: string;
  /** Until when an approval stands. */
  readonly untilMs?: number;
}

export const becauseCharsMax = 2_000;

/**
 * A person's decision, where they may take it.
 * @throws SallyportError `denied` for who may not, `too_large`, `conflict` for who has decided already
 */
export function voteOn(it: Votable, { by, decision, because, untilMs }: Vote, nowMs: number): DecisionRecord {
  const one: DecisionRecord = {
    by: eventIdentity(by),
    decision,
    because: because ?? null,
    atMs: nowMs,
    counts: countsFor(it.approvers, by),
    names: namesOf(by),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
  if (isNarrowed(by)) throw narrowedDecides();
  mayDecide(it, one, isPerson(by));
  mustBeFirst(it.id, it.decisions, one);
  return one;
}

/** Looks again at who has decided: another process may have taken a decision in the meantime. */
export function settleOnce(it: Votable, one: DecisionRecord) {
  return (all: readonly DecisionRecord[]): Settled => {
    const others = all.filter((other) => other !== one);
    mustBeFirst(it.id, others, one);
    return settle(it.approvers, all);
  };
}

function mayDecide({ id, names, rules }: Votable, one: DecisionRecord, person: boolean): void {
  if (samePerson(names, one.names)) {
    throw new SallyportError('denied', 'nobody decides on what they asked for themselves', {
      hint: 'Ask another of the approvers.',
    });
  }
  if (!person) throw new SallyportError('denied', 'a decision is a person’s: agents cannot take it');
  if (one.counts.length === 0) {
    throw new SallyportError('denied', `${one.by.subject} is not an approver of ${id}`, {
      hint: `Approvers are named by the rules ${rules.map((rule) => `"${rule}"`).join(', ')}.`,
    });
  }
  if ((one.because?.length ?? 0) > becauseCharsMax) {
    throw new SallyportError('too_large', `the reason is longer than ${becauseCharsMax} characters`);
  }
}

function mustBeFirst(id: string, earlier: readonly DecisionRecord[], one: DecisionRecord): void {
  if (!earlier.some(({ names }) => samePerson(names, one.names))) return;
  throw new SallyportError('conflict', `${one.by.subject} has decided on ${id} already`);
}

function narrowedDecides(): SallyportError {
  return new SallyportError('denied', 'a ticket that was narrowed decides nothing', {
    hint: 'Decide with your own token, or with a ticket for everything that it opens.',
  });
}
