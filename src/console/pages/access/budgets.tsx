import type { BudgetLeftBody } from '../../../api/contract/schemas.ts';
import { useMe } from '../../data/me.ts';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Time } from '../../parts/time.tsx';
import styles from './access.module.css';

/** What is left to me of what I may use up. Nothing where no budget counts for me. */
export function Budgets() {
  const budgets = useMe().data?.budgets ?? [];
  if (budgets.length === 0) return null;
  return (
    <Panel title="Budgets">
      <ul className={styles['lines']} aria-label="budgets">
        {budgets.map((budget) => (
          <li key={`${budget.name} ${budget.unit}`}>
            <Line budget={budget} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Line({ budget: { name, per, unit, limit, left, renews } }: { readonly budget: BudgetLeftBody }) {
  return (
    <div className={styles['row']}>
      <span>
        <Shown>{name}</Shown>
      </span>
      <span className={styles['quiet']}>
        {left === null ? '' : `${left.toLocaleString()} of `}
        {limit.toLocaleString()} {unit} a {per}
        {renews !== null && (
          <>
            , anew <Time at={renews} />
          </>
        )}
      </span>
    </div>
  );
}
