import { effectKinds } from '../core/effect.ts';
import { matchesGlob } from '../core/glob.ts';
import { gatewayTargetName } from '../core/target.ts';
import { compileCondition, ConditionError } from '../policy/when.ts';
import { isApiName } from '../wire/openapi/names.ts';
import { parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import { resourceGlob } from '../policy/resource.ts';
import type { ConfigFile, RuleEntry, WhoEntry } from './schema.ts';
import type { Path, Source } from './source.ts';

/** What no schema can say of rules: names that are nowhere, conditions that are none, rules that cannot match. */
export function checkRules(file: ConfigFile, source: Source): void {
  const seen = new Set<string>();
  for (const [i, rule] of file.rules.entries()) {
    const path = ['rules', i];
    if (seen.has(rule.name)) source.refuse([...path, 'name'], `two rules are named "${rule.name}"`);
    seen.add(rule.name);
    checkActions(rule, path, source);
    checkHold(rule, path, source);
    checkOnRequest(rule, file, path, source);
    checkWho(rule, file, path, source);
    checkTargets(rule, file, path, source);
    checkGlobs(rule, path, source);
    checkWhen(rule, path, source);
  }
}

function checkActions(rule: RuleEntry, path: Path, source: Source): void {
  if (rule.allow === undefined && rule.hold === undefined && rule.deny === undefined && !rule.reveal) {
    source.refuse(path, `rule "${rule.name}" does nothing`, 'give it allow, hold, deny or reveal');
  }
  for (const action of ['allow', 'hold', 'deny'] as const) {
    for (const [i, effect] of (rule[action] ?? []).entries()) {
      checkEffect(effect, [...path, action, i], source);
    }
  }
  if (rule.limits !== undefined && rule.allow === undefined && rule.hold === undefined) {
    source.refuseKey(
      [...path, 'limits'],
      `limits of "${rule.name}" limit nothing`,
      'they go with allow or hold',
    );
  }
}

function checkEffect(effect: string, path: Path, source: Source): void {
  const [kind = ''] = effect.split('.', 1);
  const action = effect.slice(kind.length + 1);
  if (!effectKinds.some((each) => each === kind)) {
    const hint = didYouMean(kind, effectKinds) ?? `one of ${effectKinds.join(', ')}`;
    source.refuse(path, `"${kind}" is no kind of effect`, hint);
  } else if (effect !== kind && !/^[A-Za-z_][\w:/-]*$/.test(action)) {
    source.refuse(path, `"${action}" is no action`, `write ${kind}, or one action such as write.delete`);
  }
}

function checkHold(rule: RuleEntry, path: Path, source: Source): void {
  const { approvers } = rule;
  if (rule.hold === undefined) {
    for (const key of ['approvers', 'wait', 'valid', 'preview', 'preview_for'] as const) {
      if (rule[key] !== undefined) source.refuseKey([...path, key], `${key} of "${rule.name}" without hold`);
    }
    return;
  }
  checkPreview(rule, path, source);
  const at = approvers === undefined ? 'hold' : 'approvers';
  const nobody = `nobody can approve what "${rule.name}" holds`;
  checkApprovers(approvers, { name: rule.name, nobody }, [...path, at], source);
}

/** Other people's commands wait for the rows that such a run has changed. */
const previewMsMax = 300_000;

function checkPreview({ name, preview, preview_for: kept }: RuleEntry, path: Path, source: Source): void {
  const here = [...path, 'preview_for'];
  if (kept === undefined) return;
  if (preview === undefined) source.refuseKey(here, `preview_for of "${name}" without preview`);
  else if ((parseDuration(kept) ?? 0) > previewMsMax) {
    source.refuse(here, `"${name}" would lock rows for longer than 5m`, 'approved later, it runs anew');
  }
}

/** `path`: of the approvers, or of what they are missing for. */
function checkApprovers(
  approvers: RuleEntry['approvers'],
  { name, nobody }: { readonly name: string; readonly nobody: string },
  path: Path,
  source: Source,
): void {
  if (approvers === undefined || (approvers.groups === undefined && approvers.subjects === undefined)) {
    source.refuseKey(path, nobody, 'name groups or subjects');
  } else if (approvers.groups === undefined && new Set(approvers.subjects).size < approvers.count) {
    source.refuse([...path, 'count'], `fewer subjects than must agree in "${name}"`);
  }
}

function checkOnRequest(rule: RuleEntry, file: ConfigFile, path: Path, source: Source): void {
  const { on_request: asked, name } = rule;
  if (asked === undefined) return;
  const here = [...path, 'on_request'];
  const channels = Object.keys(file.notify);
  for (const [i, channel] of (asked.notify ?? []).entries()) {
    if (channels.includes(channel)) continue;
    const hint = didYouMean(channel, channels) ?? 'channels are named under notify';
    source.refuse([...here, 'notify', i], `no channel "${channel}" is configured`, hint);
  }
  if (rule.deny !== undefined) {
    source.refuseKey(
      [...path, 'deny'],
      `"${name}" would deny only to whom it was granted`,
      'what denies cannot sleep: put it into a rule without on_request',
    );
  }
  if (asked.self === undefined) {
    const at = asked.approvers === undefined ? here : [...here, 'approvers'];
    const nobody = `nobody can wake "${name}"`;
    checkApprovers(asked.approvers, { name, nobody }, at, source);
  } else if (asked.approvers !== undefined) {
    source.refuseKey(
      [...here, 'self'],
      `"${name}" is woken by whoever asks, or by approvers`,
      'leave one of self and approvers out',
    );
  } else if (asked.notify === undefined) {
    source.warn(here, `nobody is told when somebody wakes "${name}" alone`, 'add notify: [channel]');
  }
}

function checkWho(rule: RuleEntry, file: ConfigFile, path: Path, source: Source): void {
  const who = [...path, 'who'];
  if (rule.who === undefined) {
    if (rule.allow === undefined && rule.reveal === undefined) return;
    source.refuse(
      path,
      `rule "${rule.name}" allows or reveals without saying to whom`,
      'add who: { any: true } if to everybody',
    );
    return;
  }
  checkPeople(rule.who, file, who, source);
  if (isNobody(rule.who)) source.refuseKey(who, `rule "${rule.name}" can never match: nobody is left`);
}

export function checkPeople(entry: WhoEntry, file: ConfigFile, path: Path, source: Source): void {
  for (
    let [here, at]: [WhoEntry | undefined, Path] = [entry, path];
    here !== undefined;
    here = here.not, at = [...at, 'not']
  ) {
    checkWhoParts(here, at, source);
    checkIssuer(here, file, at, source);
  }
}

function checkWhoParts(who: WhoEntry, path: Path, source: Source): void {
  const parts = Object.keys(who);
  if (parts.length === 0) source.refuseKey(path, 'who is empty', 'write any: true for everybody');
  if (who.any === true && parts.length > 1) {
    source.refuseKey(
      [...path, 'any'],
      'any: true beside other parts',
      'everybody is everybody: leave one out',
    );
  }
}

function checkIssuer({ issuer }: WhoEntry, file: ConfigFile, path: Path, source: Source): void {
  if (issuer === undefined) return;
  const issuers = file.identity.issuers.map((each) => each.issuer);
  if (file.identity.local) issuers.push(gatewayTargetName);
  const { oidc, saml } = file.identity.login ?? {};
  issuers.push(...[oidc?.issuer, saml?.idp_issuer].filter((each) => each !== undefined));
  if (issuers.includes(issuer)) return;
  source.refuse([...path, 'issuer'], `no issuer "${issuer}" is configured`, didYouMean(issuer, issuers));
}

/** The plain cases: `not` takes away all that the other parts leave. */
export function isNobody({ not, ...who }: WhoEntry): boolean {
  if (not === undefined || Object.keys(not).length === 0) return false;
  if (not.any === true) return true;
  const { kind, subjects, groups, issuer, claims } = not;
  if (not.not !== undefined || claims !== undefined) return false;
  if (kind !== undefined && kind !== who.kind) return false;
  if (issuer !== undefined && issuer !== who.issuer) return false;
  if (subjects !== undefined && who.subjects?.every((each) => subjects.includes(each)) !== true) return false;
  return groups === undefined || who.groups?.every((each) => groups.includes(each)) === true;
}

export function checkTargets(
  rule: Pick<RuleEntry, 'targets'>,
  file: ConfigFile,
  path: Path,
  source: Source,
): void {
  if ('labels' in rule.targets) {
    const wanted = Object.entries(rule.targets.labels);
    if (wanted.length === 0)
      source.refuseKey([...path, 'targets', 'labels'], 'labels are empty', 'write ["*"] for all targets');
    const all = Object.values(file.targets).map(({ labels }) => labels);
    if (all.some((labels) => wanted.every(([name, value]) => labels[name] === value))) return;
    const pairs = wanted.map(([name, value]) => `${name}: ${value}`).join(', ');
    source.refuseKey([...path, 'targets', 'labels'], `no target has the labels ${pairs}`);
    return;
  }
  const names = [...Object.keys(file.targets), gatewayTargetName];
  for (const [i, name] of rule.targets.entries())
    checkTargetName(name, names, [...path, 'targets', i], source);
}

export function checkTargetName(name: string, names: readonly string[], path: Path, source: Source): void {
  // `*` alone means whatever there is, even if there is nothing yet.
  if (name === '*' || names.some((each) => matchesGlob(name, each))) return;
  source.refuse(path, `no target "${name}" is configured`, didYouMean(name, names));
}

function checkGlobs(rule: RuleEntry, path: Path, source: Source): void {
  for (const key of ['resources', 'reveal'] as const) {
    for (const [i, glob] of (rule[key] ?? []).entries()) {
      // Looked up in the files that they are of.
      if (isApiName(glob)) continue;
      const found = resourceGlob(glob);
      if ('problem' in found) source.refuse([...path, key, i], found.problem, found.hint);
    }
  }
}

function checkWhen({ when }: RuleEntry, path: Path, source: Source): void {
  if (when === undefined) return;
  try {
    compileCondition(when);
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    source.refuseInside(
      [...path, 'when'],
      error.offset,
      `condition: ${error.message}`,
      variableHint(error.message),
    );
  }
}

const variables = ['identity', 'target', 'command', 'session', 'now'];

function variableHint(message: string): string | undefined {
  const name = /^Unknown variable: (\w+)/.exec(message)?.[1];
  if (name === undefined) return undefined;
  return didYouMean(name, variables) ?? `there are ${variables.join(', ')}`;
}
