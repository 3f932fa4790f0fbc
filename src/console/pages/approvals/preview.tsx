import type { ApprovalBody } from '../../../api/contract/schemas.ts';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Left } from '../../parts/time.tsx';
import { Value } from '../../parts/values.tsx';
import { Unseen } from '../../parts/unseen.tsx';
import styles from './preview.module.css';

type PreviewBody = NonNullable<ApprovalBody['preview']>;
type Row = NonNullable<PreviewBody['sample'][number]['before']>;

/** What the command did when it ran beforehand, uncommitted: how many rows, and some of them before and after. */
export function Preview({ of: preview, state }: { readonly of: PreviewBody; readonly state: string }) {
  const { rows, columns, sample, failed, keptUntil } = preview;
  if (failed !== null) {
    return (
      <section className={styles['preview']} aria-label="run beforehand">
        <p>
          <Status tone="deny" icon="cross">
            tried
          </Status>{' '}
          It ran beforehand and failed: <Shown>{failed}</Shown>
        </p>
      </section>
    );
  }
  return (
    <section className={styles['preview']} aria-label="run beforehand">
      <p>
        <Status tone="accent" icon="play">
          tried
        </Status>{' '}
        <strong>
          {rows.toLocaleString()} {rows === 1 ? 'row' : 'rows'} changed
        </strong>
        {state === 'pending' && <Kept until={keptUntil} />}
      </p>
      {sample.length > 0 && (
        <div className={styles['scroll']} tabIndex={0} role="group" aria-label="some of the rows">
          <table>
            <thead>
              <tr>
                <th scope="col">
                  <Unseen>when</Unseen>
                </th>
                {columns.map((column, at) => (
                  <th key={at} scope="col">
                    <Shown>{column}</Shown>
                  </th>
                ))}
              </tr>
            </thead>
            {sample.map(({ before, after }, at) => (
              <tbody key={at}>
                {before !== null && <RowLine row={before} other={after} sign="before" />}
                {after !== null && <RowLine row={after} other={before} sign="after" />}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </section>
  );
}

function Kept({ until }: { readonly until: string | null }) {
  if (until === null) return <span>; undone since. Approved, it runs anew.</span>;
  return (
    <span>
      , not committed yet. Approved within <Left until={until} />, this very run is committed.
    </span>
  );
}

interface RowParts {
  readonly row: Row;
  readonly other: Row | null;
  readonly sign: 'before' | 'after';
}

function RowLine({ row, other, sign }: RowParts) {
  return (
    <tr data-sign={sign}>
      <th scope="row">{sign}</th>
      {row.map((value, at) => (
        <td key={at} data-changed={other !== null && JSON.stringify(other[at]) !== JSON.stringify(value)}>
          <Value>{value}</Value>
        </td>
      ))}
    </tr>
  );
}
