import type { RecordedCell } from '../../../api/contract/schemas/recorded.ts';
import { Icon } from '../../parts/icon.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Value } from '../../parts/values.tsx';
import { Verbatim } from '../../parts/verbatim.tsx';
import { plural } from '../../parts/plural.ts';
import type { Result } from './moments.ts';
import { Unseen } from '../../parts/unseen.tsx';
import styles from './replay.module.css';

/** What came back, as the client saw it. */
export function Answered(it: { readonly result: Result; readonly tookMs: number; readonly isHttp: boolean }) {
  const { result, tookMs, isHttp } = it;
  const { error, tag, masked = 0, bytes = 0, rows, first = [], columns = [] } = result;
  const body = isHttp && columns.length === 1 && columns[0] === 'body' ? first[0]?.[0] : undefined;
  return (
    <section className={styles['answer']} aria-label="answer">
      <p className={styles['sums']}>
        <Status tone={error === undefined ? 'allow' : 'deny'} icon={error === undefined ? 'check' : 'cross'}>
          <Shown>{error === undefined ? (tag ?? 'done') : `error ${error}`}</Shown>
        </Status>
        {masked > 0 && (
          <Status tone="mask" icon="mask">
            {plural(masked, 'value')} masked
          </Status>
        )}
        <span className={styles['quiet']}>
          {isHttp ? '' : `${plural(rows, 'row')}, `}
          {plural(bytes, 'byte')} in {tookMs.toLocaleString()} ms
        </span>
      </p>
      {typeof body === 'string' ? (
        <Verbatim label="body" lines={20}>
          {body}
        </Verbatim>
      ) : (
        first.length > 0 && <Rows result={result} />
      )}
      {!isHttp && first.length > 0 && rows > first.length && (
        <p className={styles['quiet']}>{plural(rows - first.length, 'more row')}, not recorded.</p>
      )}
    </section>
  );
}

/** The rows as the client saw them; what was masked is marked. */
function Rows({ result: { columns = [], first = [], maskedAt = [] } }: { readonly result: Result }) {
  return (
    <div className={styles['rows']} tabIndex={0} role="group" aria-label="rows">
      <table>
        {columns.length > 0 && (
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={at} scope="col">
                  <Shown>{column}</Shown>
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {first.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <Cell key={column} value={cell} isMasked={maskedAt[at]?.includes(column) === true} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ value, isMasked }: { readonly value: RecordedCell; readonly isMasked: boolean }) {
  if (!isMasked) {
    return (
      <td>
        <Value>{value}</Value>
      </td>
    );
  }
  return (
    <td>
      <span className={styles['masked']} title="masked: the client did not see the value either">
        <Icon name="mask" size={12} />
        <Unseen>masked </Unseen>
        <Value>{value}</Value>
      </span>
    </td>
  );
}
