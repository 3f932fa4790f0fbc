import type { ReactNode } from 'react';
import { Shown } from './shown.tsx';
import styles from './facts.module.css';

/** Names and what they are, in two columns; holds `Fact`s. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className={styles['facts']}>{children}</dl>;
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Names that come from the configuration or from a command: effects, rules, columns. */
export function Words({ children }: { readonly children: readonly string[] }) {
  return (
    <span className={styles['words']}>
      {children.map((word) => (
        <span key={word}>
          <Shown>{word}</Shown>
        </span>
      ))}
    </span>
  );
}
