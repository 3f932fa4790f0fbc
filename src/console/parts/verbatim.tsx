import { Button } from '@mantine/core';
import { Fragment, useState } from 'react';
import { Shown } from './shown.tsx';
import styles from './sql.module.css';

/** More than anybody reads at once. */
const charsShown = 20_000;

/** Text of several lines that somebody else wrote, as it came; what cannot be seen is spelled out. */
export function Verbatim(it: { readonly label: string; readonly lines?: number; readonly children: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? it.children : it.children.slice(0, charsShown);
  const rest = it.children.length - shown.length;
  return (
    <div className={styles['frame']}>
      <pre
        className={styles['sql']}
        tabIndex={0}
        role="group"
        aria-label={it.label}
        {...(it.lines === undefined ? {} : { style: { maxHeight: `${it.lines * 1.55 + 1.5}em` } })}
      >
        {shown.split('\n').map((line, at) => (
          <Fragment key={at}>
            {at > 0 && '\n'}
            {line !== '' && <Shown>{line}</Shown>}
          </Fragment>
        ))}
      </pre>
      {rest > 0 && (
        <Button variant="subtle" size="compact-sm" onClick={() => setWhole(true)}>
          Show the other {rest.toLocaleString()} characters
        </Button>
      )}
    </div>
  );
}
