import { useMemo } from 'react';
import { clockOf } from './clock-of.ts';
import type { Moment } from './moments.ts';
import { marksOf } from './tape.ts';
import type { Tape } from './tape.ts';
import type { Player } from './use-player.ts';
import styles from './replay.module.css';

/** As many as one can tell apart. */
const marksMax = 160;

/** Where one is, and where something was refused, held or masked. */
export function Timeline(it: {
  readonly moments: readonly Moment[];
  readonly tape: Tape;
  readonly player: Player;
}) {
  const { moments, tape, player } = it;
  const marks = useMemo(() => marksOf(moments, tape, marksMax), [moments, tape]);
  const length = Math.max(1, tape.lengthMs);
  const lengthMs = tape.sessionAt(tape.lengthMs);
  return (
    <div className={styles['timeline']}>
      <div className={styles['marks']} aria-hidden="true">
        {marks.map(({ at, weight }) => (
          <span key={at} data-weight={weight} style={{ left: `${at * 100}%` }} />
        ))}
      </div>
      <input
        type="range"
        aria-label="moment of the session"
        aria-valuetext={`${clockOf(player.sessionMs, lengthMs)} of ${clockOf(lengthMs, lengthMs)}`}
        min={0}
        max={length}
        step={1}
        value={tape.tapeAt(player.sessionMs)}
        onChange={(event) => player.goTo(tape.sessionAt(Number(event.currentTarget.value)))}
      />
      <ul className={styles['legend']}>
        <li data-weight="command">command</li>
        <li data-weight="masked">masked</li>
        <li data-weight="held">held</li>
        <li data-weight="refused">refused</li>
      </ul>
    </div>
  );
}
