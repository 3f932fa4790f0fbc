import { weightOf } from './moments.ts';
import type { Moment, Weight } from './moments.ts';

/** In skipped idle time this much of a pause is left, so that one still sees that there was one. */
const idleMaxMs = 1_000;

/** The time of a session, and how it runs when it is played; both in milliseconds since its beginning. */
export interface Tape {
  readonly lengthMs: number;
  /** How far the tape is at this time of the session. */
  tapeAt(sessionMs: number): number;
  sessionAt(tapeMs: number): number;
}

/** @param endMs of the session, or what there is of it */
export function tapeOf(moments: readonly Moment[], endMs: number, skipsIdle: boolean): Tape {
  const times = timesOf(moments, endMs);
  const onTape = [0];
  for (let at = 1; at < times.length; at++) {
    const gap = (times[at] ?? 0) - (times[at - 1] ?? 0);
    onTape.push((onTape[at - 1] ?? 0) + (skipsIdle ? Math.min(gap, idleMaxMs) : gap));
  }
  return {
    lengthMs: onTape.at(-1) ?? 0,
    tapeAt: (sessionMs) => between(times, onTape, sessionMs),
    sessionAt: (tapeMs) => between(onTape, times, tapeMs),
  };
}

/** When anything happened, in order, from 0 to the end. */
function timesOf(moments: readonly Moment[], endMs: number): readonly number[] {
  const times = new Set([0, endMs]);
  for (const moment of moments) {
    times.add(moment.atMs);
    if (moment.kind === 'command' && moment.result !== undefined) times.add(moment.result.atMs);
    if (moment.kind === 'held') for (const { atMs } of moment.said) times.add(atMs);
  }
  return [...times].sort((a, b) => a - b);
}

/** Where `value` lies among `from`, and the same place among `to`. */
function between(from: readonly number[], to: readonly number[], value: number): number {
  const above = firstAbove(from, value);
  const low = Math.max(0, above - 1);
  const fromLow = from[low] ?? 0;
  const toLow = to[low] ?? 0;
  const width = (from[above] ?? fromLow) - fromLow;
  if (width === 0) return toLow;
  return toLow + ((value - fromLow) / width) * ((to[above] ?? toLow) - toLow);
}

/** Index of the first number above it, which may be the length. */
function firstAbove(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the newest moment that has begun at this time of the session; -1: none has. */
export function momentAt(moments: readonly Moment[], sessionMs: number): number {
  return moments.findLastIndex(({ atMs }) => atMs <= sessionMs);
}

export interface Mark {
  /** Of the tape, from 0 to 1. */
  readonly at: number;
  readonly weight: Weight;
}

const weights: readonly Weight[] = ['note', 'command', 'masked', 'held', 'refused'];

/** At most `max` marks, side by side: where several moments fall together the one that weighs most is seen. */
export function marksOf(moments: readonly Moment[], tape: Tape, max: number): readonly Mark[] {
  const found = new Map<number, Weight>();
  for (const moment of moments) {
    const weight = weightOf(moment);
    if (weight === 'note') continue;
    const share = tape.lengthMs === 0 ? 0 : tape.tapeAt(moment.atMs) / tape.lengthMs;
    const place = Math.min(max - 1, Math.floor(share * max));
    const known = found.get(place);
    if (known === undefined || weights.indexOf(weight) > weights.indexOf(known)) found.set(place, weight);
  }
  return [...found].map(([place, weight]) => ({ at: (place + 0.5) / max, weight }));
}
