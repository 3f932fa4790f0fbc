import { describeEffect, type Effect } from '../core/effect.ts';
import type { Identity } from '../core/identity.ts';
import type { Rule } from '../core/rule.ts';
import type { Target } from '../core/target.ts';
import type { Deny, Hold, Verdict } from '../core/verdict.ts';
import { allowedHere } from './allowed.ts';
import { type ApplicableRule, wouldLetIn } from './applicable.ts';
import { type Asking, Optimistic } from './asking.ts';
import { concernsResource, coversResource, matchesEffect } from './match.ts';
import { previewOf, strictestLimits } from './strictest.ts';

/** What is known of one identity on one target, whatever the command. */
export interface Place {
  readonly identity: Identity;
  readonly target: Target;
  readonly rules: readonly ApplicableRule[];
  /** Rules that would be about them, were they awake. */
  readonly dormant: readonly ApplicableRule[];
  /** Whether any of them lets in at all. */
  readonly admitted: boolean;
}

/** How a verdict comes about (DESIGN.md §3): deny, else uncovered, else hold, else allow. */
export function weigh(place: Place, effects: readonly Effect[], asking: Asking): Verdict {
  const denying = place.rules.filter((applicable) => denies(applicable, effects, asking));
  if (denying.length > 0) return denied(place, denying, effects, asking);
  if (!place.admitted) return notAdmitted(place, effects);
  const covering = place.rules.filter((applicable) => coversAny(applicable, effects, asking));
  // A rule outside the ticket covers nothing, but its limits bind: a ticket never widens.
  const counting = covering.filter(({ within }) => within);
  const uncovered = effects.filter((effect) => !isCovered(effect, counting, asking));
  if (uncovered.length > 0) return notCovered(place, counting, uncovered, asking);
  const holding = place.rules.filter((applicable) => holds(applicable, effects, asking));
  const revealing = place.rules.filter((applicable) => reveals(applicable, asking));
  return letThrough(place, { covering, holding, revealing }, effects, asking);
}

export function denies(
  { rule, condition }: ApplicableRule,
  effects: readonly Effect[],
  asking: Asking,
): boolean {
  const concerned = effects.some(
    (effect) => matchesEffect(rule.deny, effect) && concernsResource(rule.resources, effect),
  );
  return concerned && asking.restricts(rule, condition);
}

export function holds(
  { rule, condition, opens }: ApplicableRule,
  effects: readonly Effect[],
  asking: Asking,
): boolean {
  if (!opens) return false;
  const concerned = effects.some(
    (effect) => matchesEffect(rule.hold, effect) && concernsResource(rule.resources, effect),
  );
  return concerned && asking.restricts(rule, condition);
}

export function reveals({ rule, condition, opens }: ApplicableRule, asking: Asking): boolean {
  return opens && rule.reveal.length > 0 && asking.permits(rule, condition);
}

function coversAny(applicable: ApplicableRule, effects: readonly Effect[], asking: Asking): boolean {
  return effects.some((effect) => covers(applicable, effect, asking));
}

/** A hold covers too, and does so even where its `when` fails: what it lets in then waits for people. */
export function covers({ rule, condition, opens }: ApplicableRule, effect: Effect, asking: Asking): boolean {
  if (!opens || !coversResource(rule.resources, effect)) return false;
  if (matchesEffect(rule.allow, effect) && asking.permits(rule, condition)) return true;
  return matchesEffect(rule.hold, effect) && asking.holdCovers(rule, condition);
}

/** `session` effects come with any rule that lets one in. */
function isCovered(effect: Effect, covering: readonly ApplicableRule[], asking: Asking): boolean {
  return effect.kind === 'session' || covering.some((applicable) => covers(applicable, effect, asking));
}

function letThrough(
  place: Place,
  by: {
    readonly covering: readonly ApplicableRule[];
    readonly holding: readonly ApplicableRule[];
    readonly revealing: readonly ApplicableRule[];
  },
  effects: readonly Effect[],
  asking: Asking,
): Verdict {
  // What only concerns the session itself is let in by every rule that lets in at all.
  const admitting = effects.every(({ kind }) => kind === 'session') ? place.rules.filter(wouldLetIn) : [];
  const part = new Set([...by.covering, ...by.holding, ...by.revealing, ...admitting]);
  const took = place.rules.filter((applicable) => part.has(applicable));
  const reasons = { rules: names(took), failures: asking.failures };
  const shown = {
    limits: strictestLimits(took.map(({ rule }) => rule.limits)),
    reveals: [...new Set(by.revealing.filter(({ within }) => within).flatMap(({ rule }) => rule.reveal))],
  };
  if (by.holding.length === 0) return { kind: 'allow', ...reasons, ...shown };
  return { kind: 'hold', ...reasons, ...shown, ...approval(by.holding.map(({ rule }) => rule)) };
}

function approval(rules: readonly Rule[]): Pick<Hold, 'approvers' | 'waitMs' | 'validMs' | 'previewMs'> {
  const count = Math.max(...rules.map(({ approvers }) => approvers?.count ?? 1));
  return {
    // Nobody named is nobody, not anybody: such a hold can only run out.
    approvers: rules.map(({ approvers }) => ({ ...(approvers ?? { groups: [], subjects: [] }), count })),
    waitMs: Math.min(...rules.map(({ waitMs }) => waitMs)),
    validMs: Math.min(...rules.map(({ validMs }) => validMs)),
    ...previewOf(rules),
  };
}

function denied(
  place: Place,
  denying: readonly ApplicableRule[],
  effects: readonly Effect[],
  asking: Asking,
): Deny {
  const reasons = denying.flatMap(({ rule }) => rule.because ?? []);
  const what = effects.filter((effect) => denying.some(({ rule }) => matchesEffect(rule.deny, effect)));
  return {
    kind: 'deny',
    rules: names(denying),
    failures: asking.failures,
    because:
      reasons.length > 0
        ? [...new Set(reasons)].join(' ')
        : `${what.map(describeEffect).join(', ')} is not allowed on ${place.target.name}.`,
    uncovered: [],
    allowed: allowedHere(place.rules),
  };
}

function notCovered(
  place: Place,
  covering: readonly ApplicableRule[],
  uncovered: readonly Effect[],
  asking: Asking,
): Deny {
  return {
    kind: 'deny',
    rules: names(covering),
    failures: asking.failures,
    because: `No rule allows ${uncovered.map(describeEffect).join(', ')} on ${place.target.name}.`,
    uncovered,
    allowed: allowedHere(place.rules),
    requestable: wouldCover(place, uncovered),
  };
}

/** Dormant rules that cover some of these effects; what they say `when` about is not known before. */
function wouldCover({ dormant }: Place, effects: readonly Effect[]): readonly string[] {
  return names(dormant.filter((applicable) => coversAny(applicable, effects, new Optimistic())));
}

function notAdmitted(place: Place, effects: readonly Effect[]): Deny {
  const { identity, target } = place;
  return {
    kind: 'deny',
    rules: [],
    failures: [],
    because: `No rule lets ${identity.subject} do anything on ${target.name}.`,
    uncovered: effects,
    allowed: [],
    requestable: wouldCover(place, effects),
  };
}

function names(rules: readonly ApplicableRule[]): readonly string[] {
  return rules.map(({ rule }) => rule.name);
}
