import type { ReactNode } from 'react';
import styles from './beside.module.css';

/** A list, and beside it (on a phone: in its place) the one of them that is open. */
export function Beside({ list, open }: { readonly list: ReactNode; readonly open: ReactNode | undefined }) {
  return (
    <div className={styles['both']} data-open={open === undefined ? 'list' : 'detail'}>
      <div className={styles['list']}>{list}</div>
      {open !== undefined && <div className={styles['detail']}>{open}</div>}
    </div>
  );
}

/** Of what leads back to the list, where that has given way. */
export const backClass = styles['back'] ?? '';

/** Cards, one below the other; in each `li` a link of `itemClass`. */
export function Items({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ul className={styles['items']} aria-label={label}>
      {children}
    </ul>
  );
}

export const itemClass = styles['item'] ?? '';

export function ItemHead({ children }: { readonly children: ReactNode }) {
  return <span className={styles['item-head']}>{children}</span>;
}

export function ItemFoot({ children }: { readonly children: ReactNode }) {
  return <span className={styles['item-foot']}>{children}</span>;
}
