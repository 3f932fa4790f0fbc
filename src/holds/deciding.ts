import type { Approvals } from '../core/approvals.ts';
import { SallyportError } from '../core/errors.ts';
import type { Clock, Journal } from '../core/ports.ts';
import type { DecisionRecord, HoldRecord, HoldRecords, HoldState } from '../core/records.ts';
import { eventIdentity } from '../core/session.ts';
import { isPerson, namesOf, samePerson } from './people.ts';
import { countsFor, settle } from './quorum.ts';
import { stateNow } from './view.ts';

type Request = Parameters<Approvals['decide']>[0];

const becauseCharsMax = 2_000;

/** Takes people's decisions, one after the other, so that the record tells of none that came to nothing. */
export class Deciding {
  readonly #records: HoldRecords;
  readonly #journal: Journal;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ records, journal, clock }: { records: HoldRecords; journal: Journal; clock: Clock }) {
    this.#records = records;
    this.#journal = journal;
    this.#clock = clock;
  }

  decide(request: Request): Promise<HoldState> {
    const decided = this.#last.then(() => this.#decide(request));
    this.#last = decided.catch(() => undefined);
    return decided;
  }

  async #decide({ approvalId, by, decision, because }: Request): Promise<HoldState> {
    const hold = await this.#records.get(approvalId);
    if (hold === undefined) throw new SallyportError('not_found', `there is no approval ${approvalId}`);
    const nowMs = this.#clock.now();
    const one: DecisionRecord = {
      by: eventIdentity(by),
      decision,
      because: because ?? null,
      atMs: nowMs,
      counts: countsFor(hold.approvers, by),
      names: namesOf(by),
    };
    mayDecide(hold, one, isPerson(by));
    mustBeOpen(hold, one, nowMs);
    await this.#record(hold, one);
    const state = await this.#records.decide(approvalId, one, settleOnce(hold, one), nowMs);
    if (state === undefined) throw overtaken(approvalId);
    return state;
  }

  /** Before it counts: a decision that is not on record is none. */
  async #record(hold: HoldRecord, { by, decision, because }: DecisionRecord): Promise<void> {
    const about = { session: hold.session, approval: hold.id };
    this.#journal.append({
      type: 'hold.decided',
      ...about,
      decision,
      by,
      ...(because === null ? {} : { because }),
    });
    await this.#journal.commit();
  }
}

function mayDecide(hold: HoldRecord, one: DecisionRecord, person: boolean): void {
  if (samePerson(hold.names, one.names)) {
    throw new SallyportError('denied', 'nobody decides on their own command', {
      hint: 'Ask another of the approvers.',
    });
  }
  if (!person) throw new SallyportError('denied', 'a decision is a person’s: agents cannot take it');
  if (one.counts.length === 0) {
    throw new SallyportError('denied', `${one.by.subject} is not an approver of ${hold.id}`, {
      hint: `Approvers are named by the rules ${hold.rules.map((rule) => `"${rule}"`).join(', ')}.`,
    });
  }
  if ((one.because?.length ?? 0) > becauseCharsMax) {
    throw new SallyportError('too_large', `the reason is longer than ${becauseCharsMax} characters`);
  }
}

function mustBeOpen(hold: HoldRecord, one: DecisionRecord, nowMs: number): void {
  const state = stateNow(hold, nowMs);
  if (state !== 'pending') throw new SallyportError('conflict', `approval ${hold.id} is ${state} already`);
  mustBeFirst(hold.id, hold.decisions, one);
}

function mustBeFirst(id: string, earlier: readonly DecisionRecord[], one: DecisionRecord): void {
  if (!earlier.some(({ names }) => samePerson(names, one.names))) return;
  throw new SallyportError('conflict', `${one.by.subject} has decided on approval ${id} already`);
}

/** Looks again at who has decided: another process may have taken a decision in the meantime. */
function settleOnce(hold: HoldRecord, one: DecisionRecord) {
  return (all: readonly DecisionRecord[]): HoldState => {
    mustBeFirst(
      hold.id,
      all.filter((other) => other !== one),
      one,
    );
    return settle(hold.approvers, all);
  };
}

function overtaken(id: string): SallyportError {
  return new SallyportError('conflict', `approval ${id} ended while this decision was taken`);
}
