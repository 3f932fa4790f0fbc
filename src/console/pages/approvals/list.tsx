import { Link } from '@tanstack/react-router';
import { Shown } from '../../parts/shown.tsx';
import { SqlLine } from '../../parts/sql.tsx';
import { State, Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import type { Item } from './items.ts';
import styles from './approvals.module.css';

export function ItemList({ items }: { readonly items: readonly Item[] }) {
  return (
    <ul className={styles['items']} aria-label="holds and requests">
      {items.map((item) => (
        <li key={item.it.id}>
          <Link to="/approvals/$id" params={{ id: item.it.id }} className={styles['item'] ?? ''}>
            <ItemLine item={item} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function ItemLine({ item }: { readonly item: Item }) {
  const { it } = item;
  return (
    <>
      <span className={styles['item-head']}>
        <Who is={it.identity} />
        <span className={styles['when']}>
          <Time at={it.createdAt} />
        </span>
      </span>
      {item.kind === 'hold' ? (
        <SqlLine>{item.it.text}</SqlLine>
      ) : (
        <span className={styles['asks']}>
          asks for <Shown>{item.it.rule}</Shown>
        </span>
      )}
      <span className={styles['item-foot']}>
        <State of={it.state} />
        {item.kind === 'hold' && item.it.waiting && it.state === 'pending' && (
          <Status tone="accent">its client waits</Status>
        )}
        <span className={styles['on']}>
          on <Shown>{it.target}</Shown>
        </span>
      </span>
    </>
  );
}
