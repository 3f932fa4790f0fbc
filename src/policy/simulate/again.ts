import type { Effect } from '../../core/effect.ts';
import type { Grants } from '../../core/ports.ts';
import type { Rule } from '../../core/rule.ts';
import { Session } from '../../core/session.ts';
import type { UpstreamTarget } from '../../core/target.ts';
import type { Verdict } from '../../core/verdict.ts';
import { type ApplicableRule, type CompiledRule, letsIn, wouldLetIn } from '../applicable.ts';
import { factsOf } from '../facts.ts';
import { isWithin, matchesTarget, opensTarget } from '../match.ts';
import { bothAllowed } from '../strictest.ts';
import { type Place, weigh } from '../weigh.ts';
import { isAbout } from './about.ts';
import type { VerdictKind } from './change.ts';
import { type Gap, withGaps } from './gaps.ts';
import type { PastCommand, PastIdentity } from './past.ts';
import { Answers, Supposing } from './supposing.ts';

/** What rules make of a command that was recorded. */
export type Now =
  | {
      readonly verdict: VerdictKind;
      readonly rules: readonly string[];
      readonly because?: string;
      /** Globs shown in clear; undefined: it hangs on what is not on record. */
      readonly reveals: readonly string[] | undefined;
      /** Rows that an answer may have; absent: any number, or it hangs on what is not on record. */
      readonly rowsMax?: number;
    }
  | { readonly verdict: 'unknown'; readonly rules: readonly string[]; readonly missing: ReadonlySet<Gap> };

/** Suppositions double with every rule that asks for what is not on record: beyond this, it cannot be told. */
const weighingsMax = 64;

/** One identity on one target, and what of it is not known. */
interface PastPlace {
  /** As it may be: within the ticket or not, let in or not. */
  readonly variants: readonly Place[];
  /** Why there is more than one. */
  readonly missing: readonly Gap[];
  readonly doubtful: ReadonlyMap<Rule, Gap>;
  readonly grants: number;
  /** Verdicts that no condition and no gap took part in. */
  readonly verdicts: WeakMap<readonly Effect[], Verdict>;
}

/** Decides recorded commands by these rules, and says where the record does not tell enough. */
export class Again {
  readonly #rules: readonly CompiledRule[];
  readonly #grants: Grants;
  readonly #places = new WeakMap<PastIdentity, PastPlace>();

  constructor(rules: readonly CompiledRule[], grants: Grants) {
    this.#rules = rules;
    this.#grants = grants;
  }

  decide(past: PastCommand, target: UpstreamTarget): Now {
    const missing = new Set<Gap>();
    const possible = this.#possible(past.session.who, past, target, missing);
    const [first, ...others] = possible ?? [];
    if (first === undefined || others.some(({ kind }) => kind !== first.kind)) {
      const took = new Set((possible ?? []).flatMap(({ rules }) => rules));
      return { verdict: 'unknown', rules: this.#inOrder(took), missing };
    }
    // Those that took part whatever it is that nobody wrote down.
    const rules = first.rules.filter((name) => others.every((other) => other.rules.includes(name)));
    return { ...saying(first), rules, reveals: sameReveals(first, others), ...mostRows([first, ...others]) };
  }

  #inOrder(names: ReadonlySet<string>): readonly string[] {
    return this.#rules.map(({ rule }) => rule.name).filter((name) => names.has(name));
  }

  /** Every verdict that there may be; undefined where they are too many to be weighed. */
  #possible(
    who: PastIdentity,
    past: PastCommand,
    target: UpstreamTarget,
    missing: Set<Gap>,
  ): readonly Verdict[] | undefined {
    const own = this.#ofOne(who, past, target, missing);
    if (own === undefined || who.actor === undefined) return own;
    const actors = this.#possible(who.actor, past, target, missing);
    return actors?.flatMap((other) => own.map((one) => bothAllowed(one, other)));
  }

  #ofOne(
    who: PastIdentity,
    past: PastCommand,
    target: UpstreamTarget,
    missing: Set<Gap>,
  ): readonly Verdict[] | undefined {
    const place = this.#place(who, target);
    const { effects } = past.command;
    const known = place.verdicts.get(effects);
    if (known !== undefined) return [known];
    const answers = new Answers((asked) => pastFacts(who, past, target, asked));
    const verdicts = explore(place, effects, answers);
    for (const gap of answers.missing) missing.add(gap);
    if ((verdicts?.length ?? 2) > 1) for (const gap of place.missing) missing.add(gap);
    const [only] = verdicts?.length === 1 ? verdicts : [];
    if (only !== undefined && !answers.wereAsked && answers.missing.size === 0) {
      place.verdicts.set(effects, only);
    }
    return verdicts;
  }

  #place(who: PastIdentity, target: UpstreamTarget): PastPlace {
    let place = this.#places.get(who);
    if (place?.grants !== this.#grants.version) {
      this.#places.set(who, (place = this.#newPlace(who, target)));
    }
    return place;
  }

  #newPlace({ identity, missing }: PastIdentity, target: UpstreamTarget): PastPlace {
    const doubtful = new Map<Rule, Gap>();
    const about = this.#rules.flatMap((compiled): ApplicableRule[] => {
      const { rule } = compiled;
      const is = matchesTarget(rule.targets, target) && isAbout(rule.who, identity, missing);
      if (is === false) return [];
      if (is !== true) doubtful.set(rule, is);
      const opens = opensTarget(rule.targets, target);
      return [{ ...compiled, opens, within: isWithin(identity, rule, target) }];
    });
    const isAwake = ({ rule }: ApplicableRule): boolean =>
      rule.onRequest === undefined || this.#grants.awake(identity, rule, target);
    const dormant = about.filter((one) => !isAwake(one));
    const sets = [about.filter(isAwake)];
    // What a ticket leaves out covers less and restricts all the same: all and nothing are the two ends.
    if (missing.has('ticket')) sets.push(about.filter(isAwake).map((one) => ({ ...one, within: false })));
    const variants = sets.flatMap((rules) =>
      admissions(rules, doubtful).map((admitted) => ({ identity, target, rules, dormant, admitted })),
    );
    return {
      variants,
      missing: [...(missing.has('ticket') ? (['ticket'] as const) : []), ...new Set(doubtful.values())],
      doubtful,
      grants: this.#grants.version,
      verdicts: new WeakMap(),
    };
  }
}

/** Whether any of them lets in: yes, no, or either where only doubtful ones would. */
function admissions(rules: readonly ApplicableRule[], doubtful: ReadonlyMap<Rule, Gap>): readonly boolean[] {
  if (rules.some((one) => letsIn(one) && !doubtful.has(one.rule))) return [true];
  return rules.some((one) => wouldLetIn(one) && one.within) ? [true, false] : [false];
}

function explore(
  { variants, doubtful }: PastPlace,
  effects: readonly Effect[],
  answers: Answers,
): readonly Verdict[] | undefined {
  const found = new Map<string, Verdict>();
  let weighings = 0;
  for (const variant of variants) {
    const open: ReadonlyMap<Rule, boolean>[] = [new Map()];
    for (let supposed = open.pop(); supposed !== undefined; supposed = open.pop()) {
      if (++weighings > weighingsMax) return undefined;
      const asking = new Supposing(answers, doubtful, supposed);
      const verdict = weigh(variant, effects, asking);
      const { open: rule } = asking;
      if (rule === undefined) found.set(JSON.stringify(saying(verdict)), verdict);
      else for (const is of [false, true]) open.push(new Map([...supposed, [rule, is]]));
    }
  }
  return [...found.values()];
}

function saying(verdict: Verdict): Exclude<Now, { verdict: 'unknown' }> {
  const { kind, rules } = verdict;
  return kind === 'deny'
    ? { verdict: kind, rules, because: verdict.because, reveals: [] }
    : { verdict: kind, rules, reveals: verdict.reveals, ...mostRows([verdict]) };
}

/** The most that there may be: what has more is cut off in any case. */
function mostRows(verdicts: readonly Verdict[]): { readonly rowsMax?: number } {
  const rows = verdicts.map((verdict) => (verdict.kind === 'deny' ? undefined : verdict.limits.rows));
  const most = rows.filter((each) => each !== undefined);
  return most.length < rows.length ? {} : { rowsMax: Math.max(...most) };
}

function sameReveals(first: Verdict, others: readonly Verdict[]): readonly string[] | undefined {
  const revealsOf = (verdict: Verdict): readonly string[] => (verdict.kind === 'deny' ? [] : verdict.reveals);
  const same = JSON.stringify(revealsOf(first));
  return others.every((other) => JSON.stringify(revealsOf(other)) === same) ? revealsOf(first) : undefined;
}

function pastFacts(
  { identity, missing: ofIdentity }: PastIdentity,
  past: PastCommand,
  target: UpstreamTarget,
  asked: (gap: Gap) => void,
): ReturnType<typeof factsOf> {
  const { command, session, time, commands, rows, missing: ofCommand } = past;
  const { id, client, openedAtMs } = session;
  const then = new Session({ id, identity, target, client, nowMs: openedAtMs });
  then.commands = commands ?? 0;
  then.rows = rows ?? 0;
  const missing = new Set([...ofIdentity, ...ofCommand]);
  if (commands === undefined) missing.add('commands');
  if (rows === undefined) missing.add('rows');
  return withGaps(factsOf(identity, target, command, then, Date.parse(time)), missing, asked);
}
