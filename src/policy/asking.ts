import type { Rule } from '../core/rule.ts';
import type { Condition, ConditionResult, Facts } from './when.ts';

/** What the `when` of a rule says, and which way one falls that cannot be evaluated. */
export interface Asking {
  /** For deny and hold: a `when` that fails counts as true. */
  restricts(rule: Rule, condition: Condition | undefined): boolean;
  /** For allow and reveal: a `when` that fails counts as false. */
  permits(rule: Rule, condition: Condition | undefined): boolean;
  /** For what a hold lets in: it is held if so, hence as `restricts`. */
  holdCovers(rule: Rule, condition: Condition | undefined): boolean;
  /** Rules whose `when` could not be evaluated so far. */
  readonly failures: readonly { readonly rule: string; readonly error: string }[];
}

/** Asks each condition at most once, and only where its answer matters. */
export class Asked implements Asking {
  readonly #facts: () => Facts;
  readonly #answers = new Map<Rule, ConditionResult>();
  #made: Facts | undefined;

  constructor(facts: () => Facts) {
    this.#facts = facts;
  }

  /** Whether any condition took part, so that the verdict counts for this one command only. */
  get wasAsked(): boolean {
    return this.#answers.size > 0;
  }

  get failures(): readonly { readonly rule: string; readonly error: string }[] {
    return [...this.#answers].flatMap(([rule, answer]) =>
      typeof answer === 'boolean' ? [] : { rule: rule.name, error: answer.error },
    );
  }

  restricts(rule: Rule, condition: Condition | undefined): boolean {
    return condition === undefined || this.#answer(rule, condition) !== false;
  }

  permits(rule: Rule, condition: Condition | undefined): boolean {
    return condition === undefined || this.#answer(rule, condition) === true;
  }

  holdCovers(rule: Rule, condition: Condition | undefined): boolean {
    return this.restricts(rule, condition);
  }

  #answer(rule: Rule, condition: Condition): ConditionResult {
    let answer = this.#answers.get(rule);
    if (answer === undefined) {
      answer = condition((this.#made ??= this.#facts()));
      this.#answers.set(rule, answer);
    }
    return answer;
  }
}

/** Before parameters are bound: a condition could still turn out either way, so none refuses. */
export class Optimistic implements Asking {
  readonly failures = [];

  restricts(_rule: Rule, condition: Condition | undefined): boolean {
    return condition === undefined;
  }

  permits(): boolean {
    return true;
  }

  holdCovers(): boolean {
    return true;
  }
}
