import { Button } from '@mantine/core';
import { Fragment, useState } from 'react';
import { Shown } from './shown.tsx';
import { sqlPieces } from './sql-words.ts';
import styles from './sql.module.css';

/** More than anybody reads at once, and as much as a phone lays out without a pause. */
const charsShown = 20_000;

/** A command's text as it was sent, line by line; what cannot be seen is spelled out. */
export function Sql({ children: text, lines }: { readonly children: string; readonly lines?: number }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : text.slice(0, charsShown);
  const rest = text.length - shown.length;
  return (
    <div className={styles['frame']}>
      <pre
        className={styles['sql']}
        tabIndex={0}
        role="group"
        aria-label="command"
        {...(lines === undefined ? {} : { style: { maxHeight: `${lines * 1.55 + 1.5}em` } })}
      >
        {sqlPieces(shown).map(({ kind, text: piece }, at) => (
          <span key={at} className={styles[kind]}>
            <Lines>{piece}</Lines>
          </span>
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

/** The same in one line, for lists. */
export function SqlLine({ children: text }: { readonly children: string }) {
  return (
    <code className={styles['line']}>
      <Shown>{text.slice(0, 300).replaceAll(/\s+/g, ' ')}</Shown>
    </code>
  );
}

function Lines({ children }: { readonly children: string }) {
  const lines = children.split('\n');
  return lines.map((line, at) => (
    <Fragment key={at}>
      {at > 0 && '\n'}
      {line !== '' && <Shown>{line}</Shown>}
    </Fragment>
  ));
}
