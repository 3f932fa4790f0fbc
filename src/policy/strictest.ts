import { matchesGlob } from '../core/glob.ts';
import type { Limits } from '../core/rule.ts';
import type { Allow, Deny, Hold, Verdict } from '../core/verdict.ts';

const limitNames = ['rows', 'statementMs', 'idleMs', 'sessionMs'] as const;

/** The lowest of each limit that anybody sets. */
export function strictestLimits(all: readonly Limits[]): Limits {
  const strictest: { -readonly [name in keyof Limits]: Limits[name] } = {};
  for (const limits of all) {
    for (const name of limitNames) {
      const limit = limits[name];
      if (limit !== undefined) strictest[name] = Math.min(limit, strictest[name] ?? limit);
    }
  }
  return strictest;
}

/** What is held by several is run beforehand only where all of them want it, and for the shortest time. */
export function previewOf(holding: readonly Pick<Hold, 'previewMs'>[]): Pick<Hold, 'previewMs'> {
  const times = holding.flatMap(({ previewMs }) => previewMs ?? []);
  return times.length < holding.length || times.length === 0 ? {} : { previewMs: Math.min(...times) };
}

/**
 * The verdict on an identity that another acts for: both must be allowed. A refusal of either refuses, a hold
 * of either holds, and what is shown in clear must be shown to both.
 */
export function bothAllowed(one: Verdict, other: Verdict): Verdict {
  if (one.kind === 'deny') return other.kind === 'deny' ? bothDenied(one, other) : one;
  // What wakes for the other, only the other can ask for.
  if (other.kind === 'deny') return { ...other, requestable: [] };
  const both: Allow = {
    kind: 'allow',
    rules: [...new Set([...one.rules, ...other.rules])],
    failures: [...one.failures, ...other.failures],
    limits: strictestLimits([one.limits, other.limits]),
    reveals: [...within(one.reveals, other.reveals), ...within(other.reveals, one.reveals)],
  };
  const holds = [one, other].filter((verdict) => verdict.kind === 'hold');
  return holds.length === 0 ? both : heldBy(both, holds);
}

function bothDenied(one: Deny, other: Deny): Deny {
  return {
    ...one,
    rules: [...new Set([...one.rules, ...other.rules])],
    failures: [...one.failures, ...other.failures],
    allowed: one.allowed.filter((what) => other.allowed.includes(what)),
  };
}

/** Those globs that match nothing which no glob of `others` matches (`*` read as itself proves it). */
function within(globs: readonly string[], others: readonly string[]): readonly string[] {
  return globs.filter((glob) => others.some((other) => matchesGlob(other, glob)));
}

function heldBy(verdict: Allow, holds: readonly Hold[]): Hold {
  const count = Math.max(...holds.flatMap(({ approvers }) => approvers.map((one) => one.count)));
  return {
    ...verdict,
    kind: 'hold',
    approvers: holds.flatMap(({ approvers }) => approvers.map((one) => ({ ...one, count }))),
    waitMs: Math.min(...holds.map(({ waitMs }) => waitMs)),
    validMs: Math.min(...holds.map(({ validMs }) => validMs)),
    ...previewOf(holds),
  };
}
