import type { MatrixBody, PolicyBody } from '../api/contract/schemas/policy.ts';
import type { Config } from '../config/config.ts';
import { shownConfig } from '../config/shown.ts';
import { matchesAnyGlob } from '../core/glob.ts';
import type { Identity } from '../core/identity.ts';
import type { Who } from '../core/rule.ts';
import type { SeenRecord } from '../core/seen.ts';
import { gatewayTarget, type UpstreamTarget } from '../core/target.ts';
import { matchesTarget } from '../policy/match.ts';
import { matrixKinds, matrixRow } from '../policy/matrix.ts';
import { budgetInWords, ruleInWords } from '../policy/words.ts';

/** The policy in force, to be read by people. */
export function policyView(config: Config): PolicyBody {
  const { text, ruleLines, budgetLines } = shownConfig(config.text, config.file);
  const targets = [...config.targets.values()];
  return {
    digest: config.digest,
    text,
    rules: config.rules.map((rule, at) => ({
      name: rule.name,
      line: ruleLines[at] ?? 1,
      words: ruleInWords(rule),
      asleep: rule.onRequest !== undefined,
    })),
    budgets: config.budgets.map((budget, at) => ({
      name: budget.name,
      line: budgetLines[at] ?? 1,
      words: budgetInWords(budget),
    })),
    masks: targets.flatMap((target) =>
      [...target.sensitive].map(([resource, mask]) => ({
        target: target.name,
        resource,
        mask,
        revealedBy: revealing(config, target, resource),
      })),
    ),
    detect: targets.flatMap(({ name, detect }) =>
      detect.map(({ find, mask }) => ({
        target: name,
        find: find.map((each) => (typeof each === 'string' ? each : each.name)),
        mask,
      })),
    ),
    targets: targets.map(({ name, protocol }) => ({ name, protocol })),
    warnings: config.warnings,
  };
}

function revealing({ rules }: Config, target: UpstreamTarget, resource: string): readonly string[] {
  return rules
    .filter(({ targets, reveal }) => matchesTarget(targets, target) && matchesAnyGlob(reveal, resource))
    .map(({ name }) => name);
}

type Row = MatrixBody['rows'][number];
type Cell = Row['targets'][number]['cells'][number];

/** Who can do what: everybody, the groups that rules name, and identities that were here. */
export function matrixView(config: Config, seen: readonly SeenRecord[]): MatrixBody {
  const groups = [...new Set(config.rules.flatMap(({ who }) => groupsOf(who)))].toSorted();
  return {
    kinds: matrixKinds,
    rows: [
      ...rowsFor(config, { sort: 'everybody', name: '', groups: [] }),
      ...groups.flatMap((group) => rowsFor(config, { sort: 'group', name: group, groups: [group] })),
      ...seen.map(({ subject: name, issuer, kind, groups: own }) =>
        rowOf(config, { sort: 'seen', name, kind, issuer, groups: own }),
      ),
    ],
  };
}

function groupsOf({ groups = [], not }: Who): readonly string[] {
  return [...groups, ...(not === undefined ? [] : groupsOf(not))];
}

/** One row for agents and people alike where the rules make no difference between them, else two. */
function rowsFor(config: Config, who: Pick<Row['who'], 'sort' | 'name' | 'groups'>): readonly Row[] {
  const of = (kind: 'agent' | 'human'): Row => rowOf(config, { ...who, kind, issuer: null });
  const [agents, people] = [of('agent'), of('human')];
  const targets = agents.targets.map(({ name, cells }, at) => ({
    name,
    cells: cells.map((cell, index) => bothCells(cell, people.targets[at]?.cells[index])),
  }));
  const isAlike = targets.every(({ cells }) => cells.every((cell) => cell !== undefined));
  if (!isAlike) return [agents, people];
  const cells = targets.map(({ name, cells: of }) => ({
    name,
    cells: of.filter((cell) => cell !== undefined),
  }));
  return [{ who: { ...agents.who, kind: null }, targets: cells }];
}

/** Undefined where they come to another verdict; rules that are about one of the two say so. */
function bothCells(agents: Cell, people: Cell | undefined): Cell | undefined {
  if (people === undefined || agents.verdict !== people.verdict || agents.partly !== people.partly) {
    return undefined;
  }
  const isIn = (parts: Cell['parts']) => {
    const texts = new Set(parts.map((part) => JSON.stringify(part)));
    return (part: Cell['parts'][number]) => texts.has(JSON.stringify(part));
  };
  const [ofAgents, ofPeople] = [isIn(agents.parts), isIn(people.parts)];
  return {
    ...agents,
    parts: [
      ...agents.parts.map((part) => (ofPeople(part) ? part : { ...part, about: 'agent' as const })),
      ...people.parts.filter((part) => !ofAgents(part)).map((part) => ({ ...part, about: 'human' as const })),
    ],
  };
}

function rowOf({ rules, targets }: Config, who: Row['who']): Row {
  const identity: Identity = {
    subject: who.sort === 'seen' ? who.name : '',
    issuer: who.issuer ?? '',
    kind: who.kind ?? 'agent',
    groups: who.groups,
    claims: {},
    expiresAtMs: Number.POSITIVE_INFINITY,
  };
  return {
    who,
    targets: [...targets.values(), gatewayTarget].map((target) => ({
      name: target.name,
      cells: matrixRow(rules, identity, target),
    })),
  };
}
