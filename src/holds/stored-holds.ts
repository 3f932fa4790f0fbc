import { randomBytes } from 'node:crypto';
import type { Approvals, HoldFilter, HoldView, Outlook } from '../core/approvals.ts';
import type { Command } from '../core/command.ts';
import { describeEffects } from '../core/effect.ts';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { isOwn } from '../core/own.ts';
import type { Bus, Clock, Decision, HoldTicket, Holds, Journal, Notices } from '../core/ports.ts';
import { recordedParameters } from '../core/recorded.ts';
import type { HoldRecord, HoldRecords, HoldState, InstanceRecords } from '../core/records.ts';
import { eventIdentity, type Session } from '../core/session.ts';
import type { Hold } from '../core/verdict.ts';
import { Bells, Wait } from './bell.ts';
import { Deciding } from './deciding.ts';
import { commandDigest } from './digest.ts';
import { namesOf } from './people.ts';
import { countsFor } from './quorum.ts';
import { holdDecided, holdOpened } from './telling.ts';
import { clippedView, viewOf } from './view.ts';

export interface StoredHoldsOptions {
  readonly records: HoldRecords;
  readonly instances: InstanceRecords;
  readonly journal: Journal;
  readonly clock: Clock;
  /** This process, among those that share the store. */
  readonly instance: string;
  /** Where a person decides on an approval. */
  readonly url: (id: string) => string;
  /** Absent: nobody is told. */
  readonly notices?: Notices;
  /** Absent: no other process has clients that wait, or people who decide. */
  readonly bus?: Bus;
}

const pageDefault = 100;
const pageMax = 500;

/** Holds that survive a restart. What waits for a client of this process ends with it; what may be sent again stays. */
export class StoredHolds implements Holds, Approvals {
  readonly #it: StoredHoldsOptions;
  readonly #bells = new Bells();
  readonly #deciding: Deciding;

  constructor(options: StoredHoldsOptions) {
    this.#it = options;
    options.bus?.subscribe((news) => {
      if (news.kind === 'hold') this.#bells.ring(news.id);
    });
    this.#deciding = new Deciding(options);
  }

  useEarlier(session: Session, command: Command, { approvers }: Hold): Promise<string | undefined> {
    return this.#it.records.useEarlier(commandDigest(session, command, approvers), this.#it.clock.now());
  }

  async open(session: Session, command: Command, verdict: Hold, outlook: Outlook = {}): Promise<HoldTicket> {
    const digest = commandDigest(session, command, verdict.approvers);
    const id =
      (await this.#attend(digest, session, verdict, outlook)) ??
      (await this.#add(digest, session, command, verdict, outlook));
    return { id, url: this.#it.url(id), waitMs: verdict.waitMs };
  }

  async decided({ id, waitMs }: HoldTicket, signal: AbortSignal): Promise<Decision> {
    using wait = new Wait(this.#bells, id, signal, waitMs);
    for (;;) {
      signal.throwIfAborted();
      const change = wait.next();
      const decision = await this.#outcome(id);
      if (decision !== undefined) return decision;
      // Left only while still pending: a decision that came in the last moment is taken up in the next turn.
      if (!wait.timedOut) await change;
      else if (await this.#it.records.leave(id)) return { kind: 'unanswered' };
    }
  }

  async withdraw({ id }: HoldTicket): Promise<void> {
    await this.#it.records.withdraw(id);
    this.#ring(id);
  }

  /** Every client that waits looks again: news of another process may have been lost. */
  lookAgain(): void {
    this.#bells.ringAll();
  }

  /** At start: what clients of a process that died were waiting for never runs. */
  async withdrawAllWaiting(): Promise<void> {
    const { records, instances, instance, journal, clock } = this.#it;
    const live = [...(await instances.live(clock.now())), instance];
    for (const { id, session } of await records.withdrawAbandoned(live)) {
      journal.note({ type: 'hold.ended', session, approval: id, outcome: 'withdrawn' });
    }
  }

  async decide(request: Parameters<Approvals['decide']>[0]): Promise<HoldState> {
    const state = await this.#deciding.decide(request);
    this.#ring(request.approvalId);
    await this.#tellDecided(request);
    return state;
  }

  async list({ status, visibleTo, all = false, after, limit = pageDefault }: HoldFilter = {}): Promise<
    readonly HoldView[]
  > {
    const { records, clock, url } = this.#it;
    await records.expire(clock.now());
    const found: HoldRecord[] = [];
    const wanted = Math.min(limit, pageMax);
    let last = after;
    while (found.length < wanted) {
      const page = await records.list({
        ...(status === undefined ? {} : { state: status }),
        ...(last === undefined ? {} : { after: last }),
        limit: wanted,
      });
      found.push(...page.filter((hold) => all || isVisible(hold, visibleTo)));
      last = page.at(-1)?.id;
      if (page.length < wanted) break;
    }
    const nowMs = clock.now();
    return found.slice(0, wanted).map((hold) => clippedView(hold, url(hold.id), nowMs, visibleTo));
  }

  async get(id: string, visibleTo?: Identity, all = false): Promise<HoldView> {
    const hold = await this.#it.records.get(id);
    if (hold === undefined || !(all || isVisible(hold, visibleTo))) {
      throw new SallyportError('not_found', `there is no approval ${id}`);
    }
    return viewOf(hold, this.#it.url(id), this.#it.clock.now(), visibleTo);
  }

  #ring(id: string): void {
    const { bus } = this.#it;
    if (bus === undefined) this.#bells.ring(id);
    else bus.publish({ kind: 'hold', id });
  }

  /** Takes up a hold whose client was told to come back. */
  async #attend(
    digest: string,
    session: Session,
    verdict: Hold,
    outlook: Outlook,
  ): Promise<string | undefined> {
    const { records, clock, instance } = this.#it;
    const nowMs = clock.now();
    const earlier = await records.findUnattended(digest, nowMs);
    if (earlier === undefined) return undefined;
    if (!sameTerms(earlier, verdict)) {
      // Other rules hold it now, by the same people: they are to see which.
      await this.#dismiss(earlier);
      return undefined;
    }
    const waitUntilMs = nowMs + verdict.waitMs;
    const pendingUntilMs = Math.max(earlier.pendingUntilMs, waitUntilMs);
    const by = {
      session: session.id,
      instance,
      waitUntilMs,
      pendingUntilMs,
      nowMs,
      preview: outlook.preview ?? null,
    };
    return (await records.attend(earlier.id, by)) ? earlier.id : undefined;
  }

  async #tellDecided({ approvalId, decision, by }: Parameters<Approvals['decide']>[0]): Promise<void> {
    const { notices, records, url } = this.#it;
    if (notices === undefined) return;
    // It counts already, whatever becomes of the telling.
    const hold = await records.get(approvalId).catch(() => undefined);
    if (hold === undefined) return;
    notices.tell(holdDecided(hold, { decision, by: eventIdentity(by), url: url(approvalId) }));
  }

  async #dismiss({ id, session }: HoldRecord): Promise<void> {
    await this.#it.records.withdraw(id);
    this.#it.journal.note({ type: 'hold.ended', session, approval: id, outcome: 'withdrawn' });
  }

  async #add(
    digest: string,
    session: Session,
    command: Command,
    verdict: Hold,
    outlook: Outlook,
  ): Promise<string> {
    const { records, clock, instance } = this.#it;
    const nowMs = clock.now();
    const id = randomBytes(8).toString('hex');
    const hold = {
      id,
      digest,
      session: session.id,
      identity: eventIdentity(session.identity),
      names: namesOf(session.identity),
      target: session.target.name,
      text: command.text,
      parameters: recordedParameters(command),
      effects: describeEffects(command.effects),
      unbounded: command.unbounded,
      uses: command.uses,
      rules: verdict.rules,
      approvers: verdict.approvers,
      state: 'pending',
      waiting: true,
      instance,
      createdAtMs: nowMs,
      waitUntilMs: nowMs + verdict.waitMs,
      pendingUntilMs: nowMs + Math.max(verdict.waitMs, verdict.validMs),
      validMs: verdict.validMs,
      validUntilMs: null,
      standing: false,
      estimate: outlook.estimate ?? null,
      preview: outlook.preview ?? null,
    } as const;
    await records.add(hold);
    this.#it.notices?.tell(holdOpened(hold, this.#it.url(id)));
    return id;
  }

  /** @throws SallyportError `hold_withdrawn` where the command must not run, but nobody denied it */
  async #outcome(id: string): Promise<Decision | undefined> {
    const { records, clock } = this.#it;
    const hold = await records.get(id);
    if (hold?.state === 'pending') return undefined;
    if (hold?.state === 'denied') return denialOf(hold);
    if (hold?.state === 'approved' && (await records.use(id, clock.now()))) {
      return { kind: 'approved', by: hold.decisions.map(({ by }) => by.subject) };
    }
    throw new SallyportError('hold_withdrawn', `approval ${id} can no longer be used`);
  }
}

function denialOf({ decisions }: HoldRecord): Decision {
  const denial = decisions.find(({ decision }) => decision === 'deny');
  const because = denial?.because ?? undefined;
  return {
    kind: 'denied',
    by: denial?.by.subject ?? 'somebody',
    ...(because === undefined ? {} : { because }),
  };
}

/** The approvers are the same already: the digest covers them. */
function sameTerms(hold: HoldRecord, { rules, validMs }: Hold): boolean {
  const terms = (it: Pick<Hold, 'rules' | 'validMs'>): string => JSON.stringify([it.rules, it.validMs]);
  return terms(hold) === terms({ rules, validMs });
}

function isVisible(hold: HoldRecord, to: Identity | undefined): boolean {
  if (to === undefined) return true;
  return isOwn(hold.identity, to) || countsFor(hold.approvers, to).length > 0;
}
