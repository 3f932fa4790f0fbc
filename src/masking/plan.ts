import { matchesAnyGlob } from '../core/glob.ts';
import type { MaskPlan } from '../core/mask.ts';
import type { Masking } from '../core/ports.ts';
import type { Target } from '../core/target.ts';

/**
 * Plans by target and reveals. Policies hand out the same `reveals` array again and again, so the first look
 * is by identity; equal arrays meet at the second.
 */
export function createMasking(): Masking {
  const byArray = new WeakMap<Target, WeakMap<readonly string[], MaskPlan>>();
  const byText = new WeakMap<Target, Map<string, MaskPlan>>();
  return {
    plan(target, reveals) {
      const known = entry(byArray, target, () => new WeakMap<readonly string[], MaskPlan>());
      const found = known.get(reveals);
      if (found !== undefined) return found;
      const plans = entry(byText, target, () => new Map<string, MaskPlan>());
      const plan = entry(plans, JSON.stringify(reveals), () => makePlan(target, reveals));
      known.set(reveals, plan);
      return plan;
    },
  };
}

function entry<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function makePlan(target: Target, reveals: readonly string[]): MaskPlan {
  const hidden = [...target.sensitive].filter(([resource]) => !matchesAnyGlob(reveals, resource));
  return { hidden: new Map(hidden), detect: target.detect };
}
