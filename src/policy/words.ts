import type { Budget } from '../core/budget.ts';
import type { EffectKind } from '../core/effect.ts';
import type { Approvers, EffectPattern, Limits, OnRequest, Rule, TargetPattern, Who } from '../core/rule.ts';
import { gatewayTargetName } from '../core/target.ts';

/** What a rule says, in sentences. Names, conditions and reasons stand in them as they were written. */
export function ruleInWords(rule: Rule): readonly string[] {
  const { who, targets, allow, hold, deny, reveal, onRequest, because } = rule;
  const condition = rule.when === undefined ? '' : `, when ${rule.when}`;
  const does = (verb: string, what: string, where: string): string =>
    `${people(who)} ${verb} ${what}${where}${condition}.`;
  const here = onTargets(targets, 'every');
  return [
    ...(allow.length === 0 ? [] : [does('may', doings(allow, rule.resources), here)]),
    ...(hold.length === 0
      ? []
      : [does('may', doings(hold, rule.resources), `${here}, once ${nods(rule.approvers)}`), waiting(rule)]),
    ...(deny.length === 0 ? [] : [does('may not', doings(deny, rule.resources), onTargets(targets, 'any'))]),
    ...(reveal.length === 0 ? [] : [does('may see', listed(reveal, 'and'), `${here} in clear`)]),
    ...limits(rule.limits),
    ...(onRequest === undefined ? [] : [sleeping(onRequest)]),
    ...(because === undefined ? [] : [`Whom it refuses is told: ${because}`]),
  ];
}

/** What a budget leaves, in a sentence. */
export function budgetInWords({ who, targets, per, limits: most }: Budget): string {
  const amounts = Object.entries(most).map(([unit, limit]) => `${figure(limit)} ${unit}`);
  const period = { session: 'in a session', grant: 'under a grant', day: 'in a day (UTC)' }[per];
  return `${people(who)} may have ${listed(amounts, 'and')} each ${period}${onTargets(targets, 'every')}.`;
}

/** `Agents in group crews`; a name stays as it is written. */
export function people(who: Who, begins: 'sentence' | 'part' = 'sentence'): string {
  const { subjects, groups, kind, issuer, claims, not } = who;
  const own = kind === 'agent' ? 'Agents' : kind === 'human' ? 'People' : 'Everybody';
  const sort = begins === 'sentence' ? own : own.toLowerCase();
  const names = subjects === undefined ? '' : listed(subjects, 'or');
  const parts = [
    names === '' ? sort : kind === undefined ? names : `${sort} named ${names}`,
    ...(groups === undefined ? [] : [`in group ${listed(groups, 'or')}`]),
    ...(issuer === undefined ? [] : [`for whom ${issuer} vouches`]),
    ...(claims === undefined ? [] : [`whose token says ${listed(Object.entries(claims).map(claim), 'and')}`]),
    ...(not === undefined ? [] : [`but not ${people(not, 'part')}`]),
  ];
  return parts.join(' ');
}

/** A list is one that must hold the value. */
function claim([name, value]: readonly [string, unknown]): string {
  return `${name} ${JSON.stringify(value)}`;
}

const kinds: Readonly<Record<EffectKind, string>> = {
  read: 'read',
  write: 'write',
  schema: 'change the schema of',
  access: 'change access to',
  execute: 'execute',
  session: 'open sessions with',
  opaque: 'do what cannot be understood to',
};

function doings(patterns: readonly EffectPattern[], resources: readonly string[] | undefined): string {
  const words = patterns.map(({ kind, action }) =>
    action === undefined ? kinds[kind] : `${action} (${kind})`,
  );
  return `${listed(words, 'or')} ${resources === undefined ? 'anything' : listed(resources, 'or')}`;
}

function onTargets(targets: TargetPattern, all: 'every' | 'any'): string {
  if ('labels' in targets) {
    const labels = Object.entries(targets.labels).map(([name, value]) => `${name}: ${value}`);
    return ` on ${all} target labelled ${listed(labels, 'and')}`;
  }
  if (targets.names.includes('*')) return ` on ${all} target`;
  return ` on ${listed(targets.names.map(targetName), all === 'any' ? 'or' : 'and')}`;
}

function targetName(name: string): string {
  return name === gatewayTargetName ? 'the gateway itself' : name;
}

function nods(approvers: Approvers | undefined): string {
  const { groups = [], subjects = [], count = 1 } = approvers ?? {};
  const them = [...groups.map((group) => `group ${group}`), ...subjects];
  if (them.length === 0) return 'somebody approves, which nobody may';
  return count === 1 ? `one of ${listed(them, 'or')} approves` : `${count} of ${listed(them, 'or')} approve`;
}

function waiting({ waitMs, validMs, approvers }: Rule): string {
  const once = `What is held waits ${duration(waitMs)}; sent again within ${duration(validMs)} of an approval that came later, it runs.`;
  if (approvers?.untilMs === undefined) return once;
  return `${once} They may let the very same command run again and again, for ${duration(approvers.untilMs)} at most.`;
}

function sleeping({ approvers, forMs }: OnRequest): string {
  const wakes = approvers === undefined ? 'somebody asks for it' : `${nods(approvers)} a request for it`;
  return `All that sleeps until ${wakes}, and then counts for whoever asked, for ${duration(forMs)} at most.`;
}

function limits({ rows, statementMs, idleMs, sessionMs }: Limits): readonly string[] {
  const parts = [
    ...(rows === undefined ? [] : [`${figure(rows)} rows for a command`]),
    ...(statementMs === undefined ? [] : [`${duration(statementMs)} for a command`]),
    ...(idleMs === undefined ? [] : [`${duration(idleMs)} at rest`]),
    ...(sessionMs === undefined ? [] : [`${duration(sessionMs)} for a session`]),
  ];
  return parts.length === 0 ? [] : [`At most ${listed(parts, 'and')}.`];
}

function figure(amount: number): string {
  return String(amount).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

const units: readonly [ms: number, name: string][] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
  [1, 'millisecond'],
];

/** `15 minutes`, in the largest unit that it is a whole number of. */
function duration(ms: number): string {
  const [unitMs, name] = units.find(([each]) => ms % each === 0) ?? [1, 'millisecond'];
  const amount = ms / unitMs;
  return `${figure(amount)} ${name}${amount === 1 ? '' : 's'}`;
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
