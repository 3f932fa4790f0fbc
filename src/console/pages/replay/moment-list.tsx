import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { Icon } from '../../parts/icon.tsx';
import type { IconName } from '../../parts/icon-paths.ts';
import { SqlLine } from '../../parts/sql.tsx';
import { clockOf } from './clock-of.ts';
import { weightOf } from './moments.ts';
import type { Moment, Weight } from './moments.ts';
import { noteTitle } from './note.tsx';
import { Unseen } from '../../parts/unseen.tsx';
import styles from './replay.module.css';

/** Of one line; the style sheet has the same. */
const linePx = 36;
/** Lines that are there above and below what one sees. */
const spare = 10;

/** All moments in order. Only those that one sees are on the page, as there may be thousands. */
export function MomentList(it: {
  readonly moments: readonly Moment[];
  readonly index: number;
  readonly lengthMs: number;
  readonly choose: (moment: Moment) => void;
}) {
  const { moments, index } = it;
  const frame = useRef<HTMLDivElement>(null);
  const { from, to } = useSeen(frame, moments.length);
  useKeptInSight(frame, index);
  return (
    <div className={styles['moments']} ref={frame} role="group" aria-label="moments" tabIndex={0}>
      <ol style={{ height: `${moments.length * linePx}px` }}>
        {moments.slice(from, to).map((moment, at) => (
          <li
            key={moment.seq}
            style={{ top: `${(from + at) * linePx}px` }}
            aria-setsize={moments.length}
            aria-posinset={from + at + 1}
          >
            <button
              type="button"
              data-weight={weightOf(moment)}
              data-later={from + at > index}
              aria-current={from + at === index ? 'step' : undefined}
              onClick={() => it.choose(moment)}
            >
              <Line moment={moment} lengthMs={it.lengthMs} />
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

const icons: Readonly<Record<Weight, { readonly icon: IconName; readonly word: string }>> = {
  refused: { icon: 'cross', word: 'refused' },
  held: { icon: 'pause', word: 'held' },
  masked: { icon: 'mask', word: 'ran, masked' },
  command: { icon: 'check', word: 'ran' },
  note: { icon: 'minus', word: '' },
};

function Line({ moment, lengthMs }: { readonly moment: Moment; readonly lengthMs: number }) {
  const { icon, word } = icons[weightOf(moment)];
  return (
    <>
      <span className={styles['when']}>{clockOf(moment.atMs, lengthMs)}</span>
      <span className={styles['sign']}>
        <Icon name={icon} size={14} />
        <Unseen>{word}</Unseen>
      </span>
      {moment.kind === 'note' ? (
        <span className={styles['note']}>{noteTitle(moment.event)}</span>
      ) : (
        <SqlLine>{moment.text}</SqlLine>
      )}
    </>
  );
}

/** Which lines are in sight, or nearly. */
function useSeen(frame: RefObject<HTMLDivElement | null>, count: number) {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const look = () => {
      setTop(element.scrollTop);
      setHeight(element.clientHeight);
    };
    look();
    element.addEventListener('scroll', look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [frame]);
  return {
    from: Math.max(0, Math.floor(top / linePx) - spare),
    to: Math.min(count, Math.ceil((top + height) / linePx) + spare),
  };
}

function useKeptInSight(frame: RefObject<HTMLDivElement | null>, index: number): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null || index < 0) return;
    const top = index * linePx;
    const isSeen = top >= element.scrollTop && top + linePx <= element.scrollTop + element.clientHeight;
    if (!isSeen) element.scrollTop = Math.max(0, top - element.clientHeight / 2);
  }, [frame, index]);
}
