import type { ApprovalBody } from '../../../api/contract/schemas.ts';
import { Shown } from '../../parts/shown.tsx';
import styles from './approvals.module.css';

type Value = ApprovalBody['parameters'][number];

/** What the command's `$1`, `$2` … stand for. */
export function Parameters({ values }: { readonly values: readonly Value[] }) {
  if (values.length === 0) return null;
  return (
    <dl className={styles['parameters']} aria-label="parameters">
      {values.map((value, at) => (
        <div key={at}>
          <dt>${at + 1}</dt>
          <dd>
            <ValueShown value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function ValueShown({ value }: { readonly value: Value }) {
  if (value === null) return <em>NULL</em>;
  if (typeof value === 'string') return value === '' ? <em>empty</em> : <Shown>{value}</Shown>;
  const { hex, bytes, sha256 } = value;
  return (
    <>
      <Shown>{`\\x${hex}`}</Shown>
      {bytes !== undefined && (
        <em>
          … {bytes.toLocaleString()} bytes, SHA-256 <Shown>{sha256 ?? ''}</Shown>
        </em>
      )}
    </>
  );
}
