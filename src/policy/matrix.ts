import { type EffectKind, effectKinds } from '../core/effect.ts';
import type { Identity } from '../core/identity.ts';
import type { EffectPattern, Rule } from '../core/rule.ts';
import type { Target } from '../core/target.ts';
import { isWithin, matchesTarget, opensTarget } from './match.ts';
import { isAbout } from './simulate/about.ts';
import type { Gap } from './simulate/gaps.ts';
import { people } from './words.ts';

/** What one rule says of one kind of effect, of one identity on one target. */
export interface MatrixPart {
  readonly rule: string;
  readonly does: 'allow' | 'hold' | 'deny';
  /** These actions alone; empty: all of the kind. */
  readonly actions: readonly string[];
  /** Globs; absent: anything. */
  readonly resources?: readonly string[];
  /** Its condition, and what it asks of the token beside. */
  readonly when?: string;
  /** It sleeps until a request is granted. */
  readonly asleep: boolean;
}

export interface MatrixCell {
  readonly kind: MatrixKind;
  /** The most that there may be: `ask` where only rules let that sleep. */
  readonly verdict: 'allow' | 'hold' | 'ask' | 'deny';
  /** That holds for some commands of this kind, and another verdict for others. */
  readonly partly: boolean;
  /** In file order; empty where no rule is about it. */
  readonly parts: readonly MatrixPart[];
}

/** What sessions themselves need comes with any rule that lets somebody in. */
export type MatrixKind = Exclude<EffectKind, 'session'>;
export const matrixKinds = effectKinds.filter((kind): kind is MatrixKind => kind !== 'session');

/** Of somebody who is no more than a name here, nobody knows what the token says. */
const unknown: ReadonlySet<Gap> = new Set(['claims']);

/** What an identity may do on a target by these rules, for every kind of effect. */
export function matrixRow(rules: readonly Rule[], identity: Identity, target: Target): readonly MatrixCell[] {
  const about = rules.flatMap((rule) => {
    const is = matchesTarget(rule.targets, target) && isAbout(rule.who, identity, unknown);
    return is === false ? [] : [{ rule, when: whenOf(rule, is !== true) }];
  });
  return matrixKinds.map((kind) => {
    const parts = about.flatMap(({ rule, when }) => partsOf(rule, when, kind, { identity, target }));
    return { kind, ...verdictOf(parts), parts };
  });
}

function whenOf(rule: Rule, unsure: boolean): string | undefined {
  if (!unsure) return rule.when;
  const token = `it is about them: ${people(rule.who, 'part')}`;
  return rule.when === undefined ? token : `${token}, and ${rule.when}`;
}

function partsOf(
  rule: Rule,
  when: string | undefined,
  kind: MatrixKind,
  { identity, target }: { readonly identity: Identity; readonly target: Target },
): readonly MatrixPart[] {
  const lets = opensTarget(rule.targets, target) && isWithin(identity, rule, target);
  const does = { deny: rule.deny, hold: lets ? rule.hold : [], allow: lets ? rule.allow : [] };
  return (['deny', 'hold', 'allow'] as const).flatMap((one) => {
    const patterns = does[one].filter((pattern) => pattern.kind === kind);
    if (patterns.length === 0) return [];
    return {
      rule: rule.name,
      does: one,
      actions: actionsOf(patterns),
      ...(rule.resources === undefined ? {} : { resources: rule.resources }),
      ...(when === undefined ? {} : { when }),
      asleep: rule.onRequest !== undefined,
    };
  });
}

function actionsOf(patterns: readonly EffectPattern[]): readonly string[] {
  const actions = patterns.map(({ action }) => action);
  return actions.includes(undefined) ? [] : actions.filter((action) => action !== undefined);
}

function verdictOf(parts: readonly MatrixPart[]): Pick<MatrixCell, 'verdict' | 'partly'> {
  const of = (does: MatrixPart['does']): readonly MatrixPart[] => parts.filter((part) => part.does === does);
  if (of('deny').some(isWhole)) return { verdict: 'deny', partly: false };
  const letting = [...of('allow'), ...of('hold')];
  const awake = letting.filter(({ asleep }) => !asleep);
  if (letting.length === 0) return { verdict: 'deny', partly: false };
  const partly = of('deny').length > 0 || !letting.some(isWhole);
  if (awake.length === 0) return { verdict: 'ask', partly };
  const isHeld = of('hold').some((part) => isWhole(part) && !part.asleep);
  const isAllowed = awake.some(({ does }) => does === 'allow') && !isHeld;
  const some = isAllowed && of('hold').some(({ asleep }) => !asleep);
  return { verdict: isAllowed ? 'allow' : 'hold', partly: partly || some || !awake.some(isWhole) };
}

function isWhole({ actions, resources, when }: MatrixPart): boolean {
  return actions.length === 0 && resources === undefined && when === undefined;
}
