import { Link } from '@tanstack/react-router';
import { ItemFoot, ItemHead, Items, itemClass } from '../../parts/beside.tsx';
import { Shown } from '../../parts/shown.tsx';
import { SqlLine } from '../../parts/sql.tsx';
import { State, Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import type { Item } from './items.ts';
import styles from './approvals.module.css';

export function ItemList({ items }: { readonly items: readonly Item[] }) {
  return (
    <Items label="holds and requests">
      {items.map((item) => (
        <li key={item.it.id}>
          <Link to="/approvals/$id" params={{ id: item.it.id }} className={itemClass}>
            <ItemLine item={item} />
          </Link>
        </li>
      ))}
    </Items>
  );
}

function ItemLine({ item }: { readonly item: Item }) {
  const { it } = item;
  return (
    <>
      <ItemHead>
        <Who is={it.identity} />
        <span className={styles['when']}>
          <Time at={it.createdAt} />
        </span>
      </ItemHead>
      {item.kind === 'hold' ? (
        <SqlLine>{item.it.text}</SqlLine>
      ) : (
        <span className={styles['asks']}>
          asks for <Shown>{item.it.rule}</Shown>
        </span>
      )}
      <ItemFoot>
        <State of={it.state} />
        {item.kind === 'hold' && item.it.waiting && it.state === 'pending' && (
          <Status tone="accent">its client waits</Status>
        )}
        <span className={styles['on']}>
          on <Shown>{it.target}</Shown>
        </span>
      </ItemFoot>
    </>
  );
}
