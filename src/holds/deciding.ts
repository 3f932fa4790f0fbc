import type { Approvals } from '../core/approvals.ts';
import { SallyportError } from '../core/errors.ts';
import type { Clock, Journal } from '../core/ports.ts';
import type { DecisionRecord, HoldRecord, HoldRecords, HoldState } from '../core/records.ts';
import { stateNow } from './view.ts';
import { settleOnce, voteOn } from './vote.ts';

type Request = Parameters<Approvals['decide']>[0];

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

  async #decide({ approvalId, ...vote }: Request): Promise<HoldState> {
    const hold = await this.#records.get(approvalId);
    if (hold === undefined) throw new SallyportError('not_found', `there is no approval ${approvalId}`);
    const nowMs = this.#clock.now();
    const one = voteOn(hold, vote, nowMs);
    mustBeOpen(hold, nowMs);
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

function mustBeOpen(hold: HoldRecord, nowMs: number): void {
  const state = stateNow(hold, nowMs);
  if (state !== 'pending') throw new SallyportError('conflict', `approval ${hold.id} is ${state} already`);
}

function overtaken(id: string): SallyportError {
  return new SallyportError('conflict', `approval ${id} ended while this decision was taken`);
}
