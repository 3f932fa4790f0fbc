import { randomBytes } from 'node:crypto';
import { SallyportError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { Identity } from '../core/identity.ts';
import type { NoticeKind } from '../core/notice.ts';
import { isOwn } from '../core/own.ts';
import type { Clock, Journal, Notices, Policy } from '../core/ports.ts';
import { grantKey, termsOf } from '../core/requests.ts';
import type {
  RequestableRule,
  RequestFilter,
  RequestRecord,
  RequestRecords,
  Requests,
  RequestState,
  RequestView,
} from '../core/requests.ts';
import type { Rule } from '../core/rule.ts';
import { eventIdentity } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import { everyGrant, grantOf } from './granted.ts';
import type { Grant, LiveGrants } from './live-grants.ts';
import { namesOf, samePerson } from './people.ts';
import { countsFor } from './quorum.ts';
import { askedTooOften, checkAsked, waitsAlready } from './request-refusals.ts';
import { grantEvents, openingOf, requestNotice } from './request-events.ts';
import { letsOf, requestView, stateOfRequest } from './request-view.ts';
import { settleOnce, voteOn } from './vote.ts';

export interface StoredRequestsOptions {
  readonly records: RequestRecords;
  readonly grants: LiveGrants;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly policy: () => Policy;
  /** The rules in force, by which grants are looked at again after a reload. */
  readonly rules: () => readonly Rule[];
  /** Where a person decides on it. */
  readonly url: (id: string) => string;
  /** Absent: nobody outside is told. */
  readonly notices?: Notices;
  /** For the gateway's log. */
  readonly warn: (facts: Readonly<Record<string, unknown>>, message: string) => void;
}

type Asked = Parameters<Requests['open']>[0];
type Vote = Parameters<Requests['decide']>[0];
type Ending = Parameters<Requests['end']>[0];
type GrantOutcome = Extract<Event, { type: 'grant.ended' }>['outcome'];

/** How long a request waits for somebody to decide. */
const pendingMs = 86_400_000;
const hourMs = 3_600_000;
const perHourMax = 20;
const expireEveryMs = 10_000;
const pageDefault = 100;
const pageMax = 500;

/** Requests for dormant rules, and the grants that come of them. Both survive a restart. */
export class StoredRequests implements Requests {
  readonly #it: StoredRequestsOptions;
  /** One after the other, so that the record tells of no decision that came to nothing. */
  #last: Promise<unknown> = Promise.resolve();
  /** When to look next for requests that nobody decided on. */
  #expireAtMs = 0;

  constructor(options: StoredRequestsOptions) {
    this.#it = options;
  }

  /** At start: what was granted before goes on, unless its time is over or its rule another. */
  async resume(): Promise<void> {
    const { records, grants } = this.#it;
    for await (const record of everyGrant(records)) grants.start(grantOf(record));
    this.rulesChanged();
    await this.#settle(grants.takeOver());
  }

  requestable(by: Identity, target: Target): readonly RequestableRule[] {
    return this.#it
      .policy()
      .requestable(by, target)
      .map((rule) => ({
        target: target.name,
        rule: rule.name,
        lets: letsOf(rule),
        forMs: rule.onRequest?.forMs ?? 0,
        self: rule.onRequest?.approvers === undefined,
      }));
  }

  open(asked: Asked): Promise<RequestView> {
    return this.#inTurn(() => this.#open(asked));
  }

  decide(vote: Vote): Promise<RequestState> {
    return this.#inTurn(() => this.#decide(vote));
  }

  end(ending: Ending): Promise<RequestState> {
    return this.#inTurn(() => this.#end(ending));
  }

  async list({ state, visibleTo, after, limit = pageDefault }: RequestFilter = {}) {
    const { records } = this.#it;
    const found: RequestRecord[] = [];
    const wanted = Math.min(limit, pageMax);
    let last = after;
    while (found.length < wanted) {
      const page = await records.list({
        ...(state === undefined ? {} : { state }),
        ...(last === undefined ? {} : { after: last }),
        limit: wanted,
      });
      found.push(...page.filter((one) => isVisible(one, visibleTo)));
      last = page.at(-1)?.id;
      if (page.length < wanted) break;
    }
    return found.slice(0, wanted).map((one) => this.#view(one));
  }

  async get(id: string, visibleTo?: Identity): Promise<RequestView> {
    return this.#view(await this.#find(id, visibleTo));
  }

  /** After a reload: people agreed to a rule as it was, and to no other. */
  rulesChanged(): void {
    const { grants, rules } = this.#it;
    const terms = new Map(rules().map((rule) => [rule.name, termsOf(rule)]));
    for (const grant of grants.list()) {
      if (terms.get(grant.rule) !== grant.terms) grants.end(grant.id);
    }
  }

  /** To be called every so often: what has ended since the last time. It is put on record behind the caller's back. */
  sweep(): readonly Grant[] {
    const { grants, clock, warn } = this.#it;
    const over = grants.takeOver();
    const expires = clock.now() >= this.#expireAtMs;
    if (expires) this.#expireAtMs = clock.now() + expireEveryMs;
    if (over.length > 0 || expires) {
      void this.#inTurn(() => this.#settle(over)).catch((error: unknown) =>
        warn({ err: error }, 'the end of grants could not be kept'),
      );
    }
    return over;
  }

  /** Resolves once everything so far is kept. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #settle(over: readonly Grant[]): Promise<void> {
    const { records, journal, clock } = this.#it;
    for (const grant of over) {
      // Whoever ended it by hand has told of it already.
      if (!(await records.end(grant.id, { from: 'granted', to: 'ended', by: null }))) continue;
      this.#noteEnd(grant, grant.untilMs <= clock.now() ? 'over' : 'changed');
    }
    for (const request of await records.expire(clock.now())) {
      journal.note({ type: 'request.ended', request, outcome: 'expired' });
    }
  }

  async #open({ by, target, rule: name, forMs, because }: Asked): Promise<RequestView> {
    const rule = this.#requestable(by, target, name);
    const longestMs = rule.onRequest?.forMs ?? 0;
    checkAsked(rule, { forMs: forMs ?? longestMs, longestMs, because });
    const request = this.#newRequest(by, target, rule, { forMs: forMs ?? longestMs, because });
    await this.#mayAskAgain(request);
    if (request.approvers.length === 0) await this.#breakGlass(request);
    else if (!(await this.#lay(request))) throw waitsAlready(rule, target);
    return this.#view(request);
  }

  /** Every request is a notice to people: asking and taking back must not wear them out. */
  async #mayAskAgain({ key }: RequestRecord): Promise<void> {
    const { records, clock } = this.#it;
    if ((await records.countSince(key, clock.now() - hourMs)) < perHourMax) return;
    throw askedTooOften(perHourMax);
  }

  /** Before those who decide; false: the same lies there already. */
  async #lay(request: RequestRecord): Promise<boolean> {
    const { journal, records, clock } = this.#it;
    if (!(await records.add(request, clock.now()))) return false;
    try {
      journal.append(openingOf(request));
      await journal.commit();
    } catch (error) {
      await records.end(request.id, { from: 'pending', to: 'withdrawn', by: null });
      throw error;
    }
    this.#tell('request.opened', request);
    return true;
  }

  /** On record first: after a crash in between nothing is awake that nobody can see. */
  async #breakGlass(request: RequestRecord): Promise<void> {
    const { journal, records, clock } = this.#it;
    for (const event of [openingOf(request), ...grantEvents(request)]) journal.append(event);
    await journal.commit();
    await records.add(request, clock.now());
    this.#wake(request);
    const { id, target, rule, identity } = request;
    const facts = { request: id, subject: identity.subject, target, rule };
    this.#it.warn(facts, 'a dormant rule was woken without an approver');
  }

  /** @throws SallyportError `not_found`: who may not ask for a rule is not told that it is there */
  #requestable(by: Identity, target: Target, name: string): Rule {
    const found = this.#it.policy().requestable(by, target);
    const rule = found.find((one) => one.name === name);
    if (rule !== undefined) return rule;
    const names = found.map((one) => `"${one.name}"`).join(', ');
    throw new SallyportError(
      'not_found',
      `Sallyport: there is no rule "${name}" that ${by.subject} could ask for on ${target.name}`,
      { hint: names === '' ? 'There is none to ask for there.' : `There are: ${names}.` },
    );
  }

  #newRequest(
    by: Identity,
    target: Target,
    rule: Rule,
    { forMs, because }: { readonly forMs: number; readonly because: string },
  ): RequestRecord {
    const nowMs = this.#it.clock.now();
    const approvers = rule.onRequest?.approvers;
    const self = approvers === undefined;
    return {
      id: `r_${randomBytes(8).toString('hex')}`,
      identity: eventIdentity(by),
      key: grantKey(by),
      names: namesOf(by),
      target: target.name,
      rule: rule.name,
      terms: termsOf(rule),
      lets: letsOf(rule),
      because,
      forMs,
      approvers: self ? [] : [approvers],
      state: self ? 'granted' : 'pending',
      createdAtMs: nowMs,
      pendingUntilMs: nowMs + pendingMs,
      startedAtMs: self ? nowMs : null,
      untilMs: self ? nowMs + forMs : null,
      endedBy: null,
      decisions: [],
    };
  }

  async #decide({ id, ...vote }: Vote): Promise<RequestState> {
    const { records, journal, clock } = this.#it;
    const request = await this.#find(id);
    const nowMs = clock.now();
    const one = voteOn({ ...request, rules: [request.rule] }, vote, nowMs);
    const state = stateOfRequest(request, nowMs);
    if (state !== 'pending') throw new SallyportError('conflict', `request ${id} is ${state} already`);
    if (!this.#isAsItWas(request)) throw await this.#outdated(request);
    journal.append({
      type: 'request.decided',
      request: id,
      decision: one.decision,
      by: one.by,
      ...(one.because === null ? {} : { because: one.because }),
    });
    await journal.commit();
    const settle = settleOnce({ ...request, rules: [request.rule] }, one);
    const settled = await records.decide(id, one, settle, nowMs);
    if (settled === undefined) {
      throw new SallyportError('conflict', `request ${id} ended while this decision was taken`);
    }
    const decided = await this.#find(id);
    this.#tell('request.decided', decided, one.decision);
    if (settled === 'granted') await this.#grant(decided);
    else if (settled === 'denied') journal.note({ type: 'request.ended', request: id, outcome: 'denied' });
    return settled;
  }

  /** On record before it counts; a grant that cannot be recorded is none. */
  async #grant(request: RequestRecord): Promise<void> {
    const { journal, records } = this.#it;
    try {
      for (const event of grantEvents(request)) journal.append(event);
      await journal.commit();
    } catch (error) {
      await records.end(request.id, { from: 'granted', to: 'ended', by: null });
      throw error;
    }
    this.#wake(request);
  }

  #wake(request: RequestRecord): void {
    this.#it.grants.start(grantOf(request));
    this.#tell('grant.started', request);
  }

  async #end({ id, by, any }: Ending): Promise<RequestState> {
    const { records, grants, journal, clock } = this.#it;
    const request = await this.#find(id, any ? undefined : by);
    const state = stateOfRequest(request, clock.now());
    if (state !== 'pending' && state !== 'granted') {
      throw new SallyportError('conflict', `request ${id} is ${state} already`);
    }
    const own = samePerson(request.names, namesOf(by));
    const who = eventIdentity(by);
    if (state === 'pending') {
      if (!own && !any) throw new SallyportError('denied', 'who decides on a request denies it', notYours);
      await records.end(id, { from: 'pending', to: 'withdrawn', by: who });
      journal.note({ type: 'request.ended', request: id, outcome: 'withdrawn', by: who });
      return 'withdrawn';
    }
    // What it let in goes at once, whatever record and store may say.
    grants.end(id);
    await records.end(id, { from: 'granted', to: 'ended', by: who });
    this.#noteEnd(grantOf(request), 'ended', who);
    return 'ended';
  }

  #noteEnd({ id, target, rule }: Grant, outcome: GrantOutcome, by?: RequestRecord['identity']): void {
    const about = { request: id, target, rule, outcome };
    this.#it.journal.note({ type: 'grant.ended', ...about, ...(by === undefined ? {} : { by }) });
    void this.#find(id)
      .then((request) => this.#tell('grant.ended', request))
      .catch((error: unknown) => this.#it.warn({ err: error, request: id }, 'nobody was told that it ended'));
  }

  #isAsItWas({ rule: name, terms }: RequestRecord): boolean {
    return this.#it.rules().some((rule) => rule.name === name && termsOf(rule) === terms);
  }

  async #outdated({ id }: RequestRecord): Promise<SallyportError> {
    await this.#it.records.end(id, { from: 'pending', to: 'withdrawn', by: null });
    this.#it.journal.note({ type: 'request.ended', request: id, outcome: 'withdrawn' });
    return new SallyportError('conflict', `the rule that request ${id} is for has changed since`, {
      hint: 'It has to be asked for again.',
    });
  }

  async #find(id: string, visibleTo?: Identity): Promise<RequestRecord> {
    const request = await this.#it.records.get(id);
    if (request !== undefined && isVisible(request, visibleTo)) return request;
    throw new SallyportError('not_found', `there is no request ${id}`);
  }

  #view(request: RequestRecord): RequestView {
    return requestView(request, this.#it.url(request.id), this.#it.clock.now());
  }

  #tell(kind: NoticeKind, request: RequestRecord, decision?: string): void {
    const { notices, rules, url } = this.#it;
    notices?.tell(requestNotice(kind, request, { rules: rules(), url: url(request.id), decision }));
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

const notYours = { hint: 'sallyport requests deny ID --because …' };

function isVisible({ identity, approvers }: RequestRecord, to: Identity | undefined): boolean {
  return to === undefined || isOwn(identity, to) || countsFor(approvers, to).length > 0;
}
