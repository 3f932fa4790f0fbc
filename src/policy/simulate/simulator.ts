import type { EventActor, StampedEvent } from '../../core/event.ts';
import type { MaskName } from '../../core/mask.ts';
import type { Rule } from '../../core/rule.ts';
import type { UpstreamTarget } from '../../core/target.ts';
import { compileRules } from '../applicable.ts';
import { Again, type Now } from './again.ts';
import type { ChangedGroup, ChangedMask, Example, Simulation, VerdictKind, Whose } from './change.ts';
import { Cuts } from './cuts.ts';
import { gaps } from './gaps.ts';
import { Groups } from './groups.ts';
import { likeness } from './likeness.ts';
import { type Hiding, maskChanges, touched } from './masks.ts';
import type { PastCommand } from './past.ts';
import { type LeftOut, PastRecord } from './past-record.ts';

export interface SimulatorOptions {
  readonly rules: readonly Rule[];
  readonly targets: ReadonlyMap<string, UpstreamTarget>;
  /** Commands of this subject alone, or of who acts for somebody under this name. */
  readonly identity?: string | undefined;
  readonly target?: string | undefined;
}

/** So many groups are told apart; of a text this much is an example. */
const groupsMax = 500;
const exampleCharsMax = 500;

type Known = ReadonlyMap<string, MaskName>;
const nothing: Known = new Map();

/** What rules would have made of recorded commands, event by event. */
export class Simulator {
  readonly #it: SimulatorOptions;
  readonly #record = new PastRecord();
  readonly #again: Again;
  readonly #changes = new Map<string, { was: VerdictKind; now: ChangedGroup['now']; commands: number }>();
  readonly #groups = new Groups<Omit<ChangedGroup, 'commands' | 'examples'>>(groupsMax);
  readonly #masks = new Groups<Omit<ChangedMask, 'commands' | 'examples'>>(groupsMax);
  readonly #cuts = new Cuts();
  readonly #leftOut: { [why in LeftOut]?: number } = {};
  /** Of what was recorded as sensitive, by the very object. */
  readonly #sensitive = new WeakMap<object, Known>();
  #from: string | null = null;
  #to: string | null = null;
  #commands = 0;
  #unchanged = 0;
  #masksUnknown = 0;

  /** @throws ConditionError for a `when` that is no condition */
  constructor(options: SimulatorOptions) {
    this.#it = options;
    this.#again = new Again(compileRules(options.rules), this.#record.grants);
  }

  /** Takes an event from before the time in question: of these, those of `background` alone matter. */
  prepare(event: StampedEvent): void {
    this.#record.take(event);
  }

  /** The time in question begins; from now on, every event is taken. */
  begin(): void {
    this.#record.begin();
  }

  take(event: StampedEvent): void {
    const past = this.#record.take(event);
    if (event.type === 'result') this.#cut(event);
    if (past === undefined) return;
    if ('leftOut' in past) {
      this.#leftOut[past.leftOut] = (this.#leftOut[past.leftOut] ?? 0) + 1;
    } else if (this.#isSought(past)) {
      this.#retry(past);
    }
  }

  /** @param limit how many groups are told at most */
  result(limit = groupsMax): Simulation {
    const groups = this.#groups.list();
    const masks = this.#masks.list();
    const cut = [...groups.slice(limit), ...masks.slice(limit)];
    return {
      from: this.#from,
      to: this.#to,
      commands: this.#commands,
      unchanged: this.#unchanged,
      leftOut: this.#leftOut,
      changes: [...this.#changes.values()].toSorted((a, b) => b.commands - a.commands),
      groups: groups.slice(0, limit),
      masks: masks.slice(0, limit),
      masksUnknown: this.#masksUnknown,
      unlisted: cut.reduce(
        (sum, { commands }) => sum + commands,
        this.#groups.unlisted + this.#masks.unlisted,
      ),
    };
  }

  #isSought({ session: { target, who } }: PastCommand): boolean {
    if (this.#it.target !== undefined && this.#it.target !== target) return false;
    if (this.#it.identity === undefined) return true;
    for (let one: typeof who | undefined = who; one !== undefined; one = one.actor) {
      if (one.identity.subject === this.#it.identity) return true;
    }
    return false;
  }

  #retry(past: PastCommand): void {
    this.#commands += 1;
    this.#from ??= past.time;
    this.#to = past.time;
    const target = this.#it.targets.get(past.session.target);
    const now =
      target === undefined ? withoutTarget(past) : this.#again.decide(this.#gapped(past, target), target);
    if (now.verdict !== past.verdict) this.#changed(past, now.verdict, now.rules, whyOf(now));
    else this.#same(past, now);
    if (target !== undefined && past.verdict !== 'deny' && now.verdict !== 'deny') {
      this.#compareMasks(past, now, target);
    }
  }

  #same(past: PastCommand, now: Exclude<Now, { verdict: 'unknown' }>): void {
    this.#unchanged += 1;
    const { rowsMax } = now;
    if (rowsMax === undefined || past.commands === undefined) return;
    this.#cuts.add(past.commands + 1, { past, now, rowsMax });
  }

  #cut(event: Extract<StampedEvent, { type: 'result' }>): void {
    const cut = this.#cuts.of(event);
    if (cut === undefined) return;
    this.#unchanged -= 1;
    const because = `At most ${cut.rowsMax} rows of an answer are allowed.`;
    this.#changed(cut.past, 'cut', cut.now.rules, because);
  }

  /** What is done with columns that were not sensitive then, nobody wrote down. */
  #gapped(past: PastCommand, target: UpstreamTarget): PastCommand {
    const then = this.#sensitiveThen(past);
    const { effects } = past.command;
    const isSame =
      then !== undefined && touched(target.sensitive, effects).every((resource) => then.has(resource));
    if (isSame || target.sensitive.size === 0) return past;
    return { ...past, missing: new Set([...past.missing, 'uses'] as const) };
  }

  #sensitiveThen({ sensitive, session: { target } }: PastCommand): Known | undefined {
    if (sensitive === undefined) return undefined;
    const ofTarget = sensitive[target];
    if (ofTarget === undefined) return nothing;
    let known = this.#sensitive.get(ofTarget);
    if (known === undefined) this.#sensitive.set(ofTarget, (known = new Map(Object.entries(ofTarget))));
    return known;
  }

  #changed(
    past: PastCommand,
    now: ChangedGroup['now'],
    rulesNow: readonly string[],
    because: string | undefined,
  ): void {
    const { session, rules: rulesBefore, verdict: was } = past;
    const counted = `${was} ${now}`;
    const change = this.#changes.get(counted);
    if (change === undefined) this.#changes.set(counted, { was, now, commands: 1 });
    else change.commands += 1;
    const text = likeness(past.command.text, session.protocol);
    // Why it is denied can name the very path: what is alike would come apart by it.
    const why = now === 'deny' ? '' : because;
    const key = [counted, keyOf(past), text, rulesBefore, rulesNow, why];
    this.#groups.add(
      JSON.stringify(key),
      () => ({
        was,
        now,
        identity: whose(past),
        target: session.target,
        text,
        rulesBefore,
        rulesNow,
        ...(because === undefined ? {} : { because }),
      }),
      () => exampleOf(past),
    );
  }

  #compareMasks(past: PastCommand, now: Now, target: UpstreamTarget): void {
    const { effects } = past.command;
    const sensitive = this.#sensitiveThen(past);
    const reveals = now.verdict === 'unknown' ? undefined : now.reveals;
    if (sensitive === undefined || past.reveals === undefined || reveals === undefined) {
      const sought = [sensitive ?? nothing, target.sensitive];
      if (sought.some((each) => touched(each, effects).length > 0)) this.#masksUnknown += 1;
      return;
    }
    const before: Hiding = { sensitive, reveals: past.reveals };
    for (const change of maskChanges(effects, before, { sensitive: target.sensitive, reveals })) {
      this.#masks.add(
        JSON.stringify([keyOf(past), change]),
        () => ({ ...change, target: target.name, identity: whose(past) }),
        () => exampleOf(past),
      );
    }
  }
}

function withoutTarget({ session: { target } }: PastCommand): Now {
  return { verdict: 'deny', rules: [], because: `There is no target ${target} any more.`, reveals: [] };
}

function whyOf(now: Now): string | undefined {
  if (now.verdict === 'unknown') {
    const missing = [...now.missing].map((gap) => gaps[gap]);
    return `The record does not tell ${missing.join(', or ')}.`;
  }
  return now.because;
}

function keyOf({ session: { target, who } }: PastCommand): string {
  const { issuer, subject } = who.identity;
  return JSON.stringify([target, issuer, subject, who.actor?.identity.subject]);
}

function whose({ session: { who } }: PastCommand): Whose {
  return actorOf(who.identity);
}

function actorOf({ subject, issuer, kind, actor }: EventActor): Whose {
  return { subject, issuer, kind, ...(actor === undefined ? {} : { actor: actorOf(actor) }) };
}

function exampleOf({ session, seq, time, command: { text } }: PastCommand): Example {
  return { session: session.id, seq, time, text: text.slice(0, exampleCharsMax) };
}
