import type { RecordedCell } from '../../api/contract/schemas/recorded.ts';
import { Shown } from './shown.tsx';
import styles from './values.module.css';

/** A recorded value: text, NULL, or bytes that are no text. */
export function Value({ children: value }: { readonly children: RecordedCell }) {
  if (value === null) return <em className={styles['quiet']}>NULL</em>;
  if (typeof value === 'string') {
    return value === '' ? <em className={styles['quiet']}>empty</em> : <Shown>{value}</Shown>;
  }
  const { hex, bytes, sha256 } = value;
  return (
    <>
      <Shown>{`\\x${hex}`}</Shown>
      {bytes !== undefined && (
        <em className={styles['quiet']}>
          … {bytes.toLocaleString()} bytes, SHA-256 <Shown>{sha256 ?? ''}</Shown>
        </em>
      )}
    </>
  );
}
