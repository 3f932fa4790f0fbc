import type { RequestRecord, RequestState, RequestView } from '../core/requests.ts';
import type { EffectPattern, Rule } from '../core/rule.ts';
import { deceptions } from './deceptions.ts';

export function requestView(request: RequestRecord, url: string, nowMs: number): RequestView {
  const { id, identity, target, rule, lets, because, forMs, approvers, decisions, endedBy } = request;
  return {
    id,
    identity,
    target,
    rule,
    lets,
    because,
    warnings: deceptions(because, []),
    forMs,
    approvers,
    self: approvers.length === 0,
    decisions: decisions.map(({ by, decision, because: why, atMs }) => ({
      by,
      decision,
      because: why,
      at: atMs,
    })),
    state: stateOfRequest(request, nowMs),
    createdAt: request.createdAtMs,
    pendingUntil: request.pendingUntilMs,
    startedAt: request.startedAtMs,
    until: request.untilMs,
    endedBy,
    url,
  };
}

/** What the passing of time has made of it, whether or not the store was told yet. */
export function stateOfRequest(
  { state, pendingUntilMs, untilMs }: RequestRecord,
  nowMs: number,
): RequestState {
  if (state === 'pending' && pendingUntilMs <= nowMs) return 'expired';
  if (state === 'granted' && (untilMs ?? 0) <= nowMs) return 'ended';
  return state;
}

/** What a rule does once awake, in words. Its condition stays inside: it can name people and networks. */
export function letsOf({ allow, hold, reveal, resources, when }: Rule): readonly string[] {
  const about = resources === undefined ? '' : ` on ${resources.join(', ')}`;
  const condition = when === undefined ? '' : ' (on a condition)';
  const part = (word: string, patterns: readonly EffectPattern[]): readonly string[] =>
    patterns.length === 0 ? [] : [`${word} ${patterns.map(effect).join(', ')}${about}${condition}`];
  const shown = reveal.length === 0 ? [] : [`reveal ${reveal.join(', ')}${condition}`];
  return [...part('allow', allow), ...part('hold', hold), ...shown];
}

function effect({ kind, action }: EffectPattern): string {
  return action === undefined ? kind : `${kind}.${action}`;
}
