import type { ReactNode } from 'react';
import styles from './unseen.module.css';

/** For whoever hears the page: what the eye has from a sign or a colour. */
export function Unseen({ children }: { readonly children: ReactNode }) {
  return <span className={styles['unseen']}>{children}</span>;
}
