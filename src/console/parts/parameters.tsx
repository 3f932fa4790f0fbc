import type { RecordedCell } from '../../api/contract/schemas/recorded.ts';
import { Value } from './values.tsx';
import styles from './values.module.css';

/** What the command's `$1`, `$2` … stand for. */
export function Parameters({ values }: { readonly values: readonly RecordedCell[] }) {
  if (values.length === 0) return null;
  return (
    <dl className={styles['parameters']} aria-label="parameters">
      {values.map((value, at) => (
        <div key={at}>
          <dt>${at + 1}</dt>
          <dd>
            <Value>{value}</Value>
          </dd>
        </div>
      ))}
    </dl>
  );
}
