import type { Rule } from '../../core/rule.ts';
import type { Asking } from '../asking.ts';
import type { Condition, ConditionResult, Facts } from '../when.ts';
import type { Gap } from './gaps.ts';

/** What is known of one command, for all the times that it is weighed. */
export class Answers {
  readonly #facts: (asked: (gap: Gap) => void) => Facts;
  readonly #known = new Map<Rule, ConditionResult | 'unknown'>();
  /** What was asked for and is not on record. */
  readonly missing = new Set<Gap>();

  constructor(facts: (asked: (gap: Gap) => void) => Facts) {
    this.#facts = facts;
  }

  get wereAsked(): boolean {
    return this.#known.size > 0;
  }

  of(rule: Rule, condition: Condition): ConditionResult | 'unknown' {
    let answer = this.#known.get(rule);
    if (answer === undefined) {
      const asked = new Set<Gap>();
      answer = condition(this.#facts((gap) => asked.add(gap)));
      // True or false all the same: what is missing did not matter.
      if (typeof answer !== 'boolean' && asked.size > 0) answer = 'unknown';
      if (answer === 'unknown') for (const gap of asked) this.missing.add(gap);
      this.#known.set(rule, answer);
    }
    return answer;
  }
}

/** Asks conditions as `Asked` does; of rules whose say is not known, it takes what is supposed. */
export class Supposing implements Asking {
  readonly failures = [];
  readonly #answers: Answers;
  /** Rules of which it is not known whether they are about this identity. */
  readonly #doubtful: ReadonlyMap<Rule, Gap>;
  readonly #supposed: ReadonlyMap<Rule, boolean>;
  /** The first rule that had to be supposed and was not. */
  open: Rule | undefined;

  constructor(
    answers: Answers,
    doubtful: ReadonlyMap<Rule, Gap>,
    supposed: ReadonlyMap<Rule, boolean> = new Map(),
  ) {
    this.#answers = answers;
    this.#doubtful = doubtful;
    this.#supposed = supposed;
  }

  restricts(rule: Rule, condition: Condition | undefined): boolean {
    return this.#counts(rule, condition, true);
  }

  permits(rule: Rule, condition: Condition | undefined): boolean {
    return this.#counts(rule, condition, false);
  }

  holdCovers(rule: Rule, condition: Condition | undefined): boolean {
    return this.#counts(rule, condition, true);
  }

  /** `failing`: which way it falls where its condition cannot be evaluated. */
  #counts(rule: Rule, condition: Condition | undefined, failing: boolean): boolean {
    const answer = condition === undefined || this.#answers.of(rule, condition);
    if (answer === false) return false;
    const gap = this.#doubtful.get(rule);
    if (gap === undefined && answer !== 'unknown') return answer === true || failing;
    if (gap !== undefined) this.#answers.missing.add(gap);
    const supposed = this.#supposed.get(rule);
    if (supposed === undefined) this.open ??= rule;
    if (supposed !== true) return false;
    return answer === 'unknown' || answer === true || failing;
  }
}
