import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import styles from './empty.module.css';

/** Nothing here yet: what would be here, and the first step towards it. */
export function Empty(it: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className={styles['empty']}>
      <span className={styles['icon']}>
        <Icon name={it.icon} size={26} />
      </span>
      <p className={styles['title']}>{it.title}</p>
      {it.children !== undefined && <div className={styles['step']}>{it.children}</div>}
    </div>
  );
}
