import type { Command } from '../core/command.ts';
import { describeEffect, type Effect } from '../core/effect.ts';
import { matchesAnyGlob } from '../core/glob.ts';
import type { Identity } from '../core/identity.ts';
import type { MaskName } from '../core/mask.ts';
import type { Grants } from '../core/ports.ts';
import { requestable } from '../core/requestable.ts';
import type { EffectPattern, Rule } from '../core/rule.ts';
import type { Session } from '../core/session.ts';
import type { Target } from '../core/target.ts';
import type { Verdict } from '../core/verdict.ts';
import { compileRules, type CompiledRule } from './applicable.ts';
import { Asked, type Asking } from './asking.ts';
import { compilePolicy } from './decide.ts';
import { factsOf } from './facts.ts';
import {
  concernsResource,
  coversResource,
  isWithin,
  matchesEffect,
  matchesTarget,
  matchesWho,
  opensTarget,
} from './match.ts';

/** What a rule would do with a command. */
export type RulePart = 'deny' | 'hold' | 'allow' | 'reveal';

/** Why a rule had no say, the first reason in the order in which a reader would look. */
export type RuleMiss = 'who' | 'target' | 'ticket' | 'dormant' | 'effects' | 'resources' | 'when';

export interface RuleExplanation {
  readonly name: string;
  /** What it does here; empty where it has no say. */
  readonly does: readonly RulePart[];
  readonly missed?: RuleMiss;
  /** That in a sentence. */
  readonly because: string;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly effects: readonly string[];
  /** Every rule, in file order. */
  readonly rules: readonly RuleExplanation[];
  readonly masks: {
    /** Sensitive resources that come masked, and how. */
    readonly hidden: readonly { readonly resource: string; readonly mask: MaskName }[];
    /** Sensitive resources that a rule shows in clear. */
    readonly revealed: readonly string[];
  };
}

export interface Question {
  readonly identity: Identity;
  readonly target: Target;
  readonly command: Command;
  /** Without one, a condition over `session` fails, as it would in force. */
  readonly session?: Session;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Absent: every dormant rule sleeps. */
  readonly grants?: Grants;
}

/**
 * What these rules say of a command, and each rule why.
 * @throws ConditionError for a `when` that is no condition
 */
export function explain(rules: readonly Rule[], question: Question): Explanation {
  const { identity, target, command, session, nowMs, grants } = question;
  const policy = compilePolicy(rules, {
    version: 0,
    now: () => nowMs,
    ...(grants === undefined ? {} : { grants }),
  });
  const verdict = policy.decide(identity, target, command, session);
  const asked = new Asked(() => factsOf(identity, target, command, session, nowMs));
  return {
    verdict,
    effects: command.effects.map(describeEffect),
    rules: compileRules(rules).map((rule) => explainRule(rule, question, asked)),
    masks: explainMasks(target, verdict),
  };
}

function explainRule(compiled: CompiledRule, question: Question, asking: Asking): RuleExplanation {
  const { rule, condition } = compiled;
  const missed = misses(rule, question);
  if (missed !== undefined) return missed;
  const within = isWithin(question.identity, rule, question.target);
  const parts = partsConcerned(rule, question).filter((part) => within || restricting.has(part));
  const does = parts.filter((part) =>
    restricting.has(part) ? asking.restricts(rule, condition) : asking.permits(rule, condition),
  );
  const failure = asking.failures.find((each) => each.rule === rule.name);
  if (failure !== undefined) {
    const falls = does.length === 0 ? 'does not count' : `counts as ${does.join(' and ')}`;
    const because = `its condition cannot be evaluated (${failure.error}), so it ${falls}`;
    return { name: rule.name, does, ...(does.length === 0 ? { missed: 'when' } : {}), because };
  }
  if (does.length > 0) return { name: rule.name, does, because: rule.because ?? 'it matches' };
  return { name: rule.name, does, missed: 'when', because: `its condition is false: ${rule.when ?? ''}` };
}

/** What a rule does whatever a ticket leaves out. */
const restricting: ReadonlySet<RulePart> = new Set(['deny', 'hold']);

/** What keeps a rule out before its condition is asked. */
function misses(rule: Rule, { identity, target, command, grants }: Question): RuleExplanation | undefined {
  const miss = (missed: RuleMiss, because: string): RuleExplanation => {
    return { name: rule.name, does: [], missed, because };
  };
  if (!matchesTarget(rule.targets, target)) return miss('target', `it is not about ${target.name}`);
  if (!matchesWho(rule.who, identity)) return miss('who', `it is not about ${identity.subject}`);
  if (rule.deny.length === 0 && !opensTarget(rule.targets, target)) {
    return miss('target', `it would have to name ${target.name} in full`);
  }
  if (rule.onRequest !== undefined && grants?.awake(identity, rule, target) !== true) {
    const [ask] = requestable(target.name, [rule.name]);
    return miss('dormant', `it sleeps until a request for it is granted: ${ask?.ask ?? ''}`);
  }
  const parts = partsConcerned(rule, { identity, target, command });
  if (parts.some((part) => restricting.has(part) || isWithin(identity, rule, target))) return undefined;
  if (parts.length > 0) return miss('ticket', `the ticket of ${identity.subject} leaves it out`);
  const ofKind = command.effects.some((effect) => matchesEffect(effectsOf(rule), effect));
  return ofKind
    ? miss('resources', `its resources are ${(rule.resources ?? []).join(', ')}`)
    : miss('effects', `it is about ${effectsOf(rule).map(phrase).join(', ')}`);
}

function partsConcerned(
  rule: Rule,
  { target, command }: Pick<Question, 'identity' | 'target' | 'command'>,
): readonly RulePart[] {
  const opens = opensTarget(rule.targets, target);
  const concerns = (patterns: readonly EffectPattern[], resource: typeof coversResource): boolean =>
    command.effects.some(
      (effect: Effect) => matchesEffect(patterns, effect) && resource(rule.resources, effect),
    );
  const parts: RulePart[] = [];
  if (concerns(rule.deny, concernsResource)) parts.push('deny');
  if (opens && (concerns(rule.hold, concernsResource) || concerns(rule.hold, coversResource)))
    parts.push('hold');
  if (opens && concerns(rule.allow, coversResource)) parts.push('allow');
  if (opens && rule.reveal.length > 0) parts.push('reveal');
  return parts;
}

function effectsOf({ deny, hold, allow }: Rule): readonly EffectPattern[] {
  return [...deny, ...hold, ...allow];
}

function phrase({ kind, action }: EffectPattern): string {
  return action === undefined ? kind : `${kind}.${action}`;
}

function explainMasks({ sensitive }: Target, verdict: Verdict): Explanation['masks'] {
  const reveals = verdict.kind === 'deny' ? [] : verdict.reveals;
  const isRevealed = (resource: string): boolean => matchesAnyGlob(reveals, resource);
  return {
    hidden: [...sensitive]
      .filter(([resource]) => !isRevealed(resource))
      .map(([resource, mask]) => ({ resource, mask })),
    revealed: [...sensitive.keys()].filter(isRevealed),
  };
}
