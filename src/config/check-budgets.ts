import { gatewayTargetName } from '../core/target.ts';
import { checkPeople, checkTargets, isNobody } from './check-rules.ts';
import type { ConfigFile } from './schema.ts';
import type { Source } from './source.ts';

/** Budgets of nothing, of nobody, and of what is never counted. */
export function checkBudgets(file: ConfigFile, source: Source): void {
  const seen = new Set<string>();
  for (const [i, budget] of file.budgets.entries()) {
    const path = ['budgets', i];
    const { name, who, targets, per, rows, commands, bytes } = budget;
    if (name !== undefined) {
      if (seen.has(name)) source.refuse([...path, 'name'], `two budgets are named "${name}"`);
      seen.add(name);
    }
    if ((rows ?? commands ?? bytes) === undefined) {
      source.refuse(path, 'this budget limits nothing', 'give it rows, commands or bytes');
    }
    if (who !== undefined) {
      checkPeople(who, file, [...path, 'who'], source);
      if (isNobody(who)) source.refuseKey([...path, 'who'], 'this budget is nobody’s');
    }
    checkTargets(budget, file, path, source);
    if (!('labels' in targets) && targets.every((one) => one === gatewayTargetName)) {
      source.refuseKey([...path, 'targets'], 'what is done with the gateway itself is not counted');
    }
    if (per === 'grant' && !file.rules.some((rule) => rule.on_request !== undefined)) {
      source.refuse([...path, 'per'], 'there are no grants to count in', 'no rule has on_request');
    }
  }
}
