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
    if (vote.decision === 'deny' && stands(hold, nowMs)) return this.#end(hold, vote, nowMs);
    const one = voteOn(hold, vote, nowMs);
    mustBeOpen(hold, nowMs);
    mayStand(hold, one);
    await this.#record(hold, one);
    const state = await this.#records.decide(approvalId, one, settleOnce(hold, one), nowMs);
    if (state === undefined) throw overtaken(approvalId);
    return state;
  }

  /** An approval that stands is taken back by any approver, also by one who gave it. */
  async #end(hold: HoldRecord, vote: Omit<Request, 'approvalId'>, nowMs: number): Promise<HoldState> {
    const one = voteOn({ ...hold, decisions: [] }, vote, nowMs);
    await this.#record(hold, one);
    if (!(await this.#records.end(hold.id, one))) throw overtaken(hold.id);
    return 'denied';
  }

  /** Before it counts: a decision that is not on record is none. */
  async #record(hold: HoldRecord, { by, decision, because, untilMs }: DecisionRecord): Promise<void> {
    const about = { session: hold.session, approval: hold.id };
    this.#journal.append({
      type: 'hold.decided',
      ...about,
      decision,
      by,
      ...(because === null ? {} : { because }),
      ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
    });
    await this.#journal.commit();
  }
}

function mustBeOpen(hold: HoldRecord, nowMs: number): void {
  const state = stateNow(hold, nowMs);
  if (state !== 'pending') throw new SallyportError('conflict', `approval ${hold.id} is ${state} already`);
}

function stands(hold: HoldRecord, nowMs: number): boolean {
  return hold.standing && stateNow(hold, nowMs) === 'approved';
}

/** @throws SallyportError `denied`, `protocol` */
function mayStand({ approvers }: HoldRecord, { decision, untilMs, atMs }: DecisionRecord): void {
  if (untilMs === undefined) return;
  if (decision === 'deny' || untilMs <= atMs) {
    throw new SallyportError('protocol', 'an approval stands until a time that is still to come');
  }
  const longestMs = Math.min(...approvers.map((entry) => entry.untilMs ?? 0));
  if (untilMs <= atMs + longestMs) return;
  throw new SallyportError(
    'denied',
    longestMs === 0
      ? 'the rules let this command be approved once, and not until a time'
      : `the rules let an approval of this command stand for ${longestMs / 1000} s at the longest`,
    { hint: 'Approve it once, or ask for "until" among the approvers of every rule that holds it.' },
  );
}

function overtaken(id: string): SallyportError {
  return new SallyportError('conflict', `approval ${id} ended while this decision was taken`);
}
