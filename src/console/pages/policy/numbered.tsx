import { useEffect, useRef } from 'react';
import { Shown } from '../../parts/shown.tsx';
import styles from './policy.module.css';

/** A text with line numbers, as it is written; the lines in question are marked and in sight. */
export function Numbered(it: {
  readonly text: string;
  readonly label: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}) {
  const { text, label, from = 0, to = 0 } = it;
  const marked = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    marked.current?.scrollIntoView({ block: 'nearest' });
  }, [from]);
  return (
    <pre className={styles['file']} tabIndex={0} role="group" aria-label={label}>
      {text
        .replace(/\n$/, '')
        .split('\n')
        .map((line, at) => {
          const number = at + 1;
          const isMarked = number >= from && number <= to;
          return (
            <span
              key={number}
              className={styles['row']}
              data-marked={isMarked || undefined}
              {...(number === from ? { ref: marked } : {})}
            >
              <span className={styles['number']} aria-hidden="true">
                {number}
              </span>
              <span className={/^\s*#/.test(line) ? styles['comment'] : undefined}>
                <Shown>{line}</Shown>
                {'\n'}
              </span>
            </span>
          );
        })}
    </pre>
  );
}
