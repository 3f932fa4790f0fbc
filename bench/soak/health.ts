import { check } from './checks.ts';
import type { Check } from './checks.ts';
import type { Roamed } from './clients.ts';
import type { Ledger } from './ledger.ts';
import type { Memory } from './watch.ts';

/** From when on V8 has compiled what it will, its heap has found its size, and every client has had its turns. */
const settledMs = 5 * 60_000;
const growthMax = 0.15;

/** A run in which nothing happened proves nothing. */
export function busy(roamed: readonly Roamed[], ledger: Ledger, durationMs: number): Check {
  const idle = roamed.filter(({ well }) => well === 0).map(({ name }) => `${name} never got through`);
  const quiet = ledger.answered.size === 0 ? ['no question was answered'] : [];
  const all = roamed.reduce((sum, { well }) => sum + well, 0);
  const wrong = durationMs < settledMs ? quiet : idle;
  return check('clients got through', wrong, `${all} visits from login to logout`);
}

/** What clients found wrong: leaks by themselves, all else together. */
export function complaints({ wrong, answered }: Ledger, receivedBytes: number): readonly Check[] {
  const leaks = wrong.filter((what) => what.includes(' received '));
  const others = wrong.filter((what) => !what.includes(' received '));
  const bytes = `${(receivedBytes / 1e6).toFixed(0)} MB`;
  return [
    check(
      'every answer was to its question, and nothing failed without a reason',
      others,
      `${answered.size} answers`,
    ),
    check('no hidden value in any byte that a client received', leaks, bytes),
  ];
}

export function flat(
  { secondThirdBytes, lastThirdBytes, bytesPerMinute }: Memory,
  durationMs: number,
): Check {
  const growth = lastThirdBytes / secondThirdBytes - 1;
  const figures = `median ${mb(secondThirdBytes)} in the second third, ${mb(lastThirdBytes)} in the last; ${(bytesPerMinute / 1e6).toFixed(2)} MB a minute`;
  const short = durationMs < settledMs;
  return {
    what: short
      ? 'memory (too short to say whether it is flat)'
      : `memory is flat (growth ≤ ${growthMax * 100} %)`,
    good: short || growth <= growthMax,
    figures,
  };
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
