import { Select } from '@mantine/core';
import { Fragment, useState } from 'react';
import type { MatrixBody, MatrixCellBody } from '../../../api/contract/schemas/policy.ts';
import { useMatrix } from '../../data/policy.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import type { Tone } from '../../parts/status.tsx';
import type { IconName } from '../../parts/icon-paths.ts';
import { Icon } from '../../parts/icon.tsx';
import styles from './policy.module.css';

type Row = MatrixBody['rows'][number];

/** Who can do what on one target: a row each, a column for each kind of effect. */
export function Matrix() {
  return (
    <Answer of={useMatrix()} lines={10}>
      {(matrix) => <OnTargets matrix={matrix} />}
    </Answer>
  );
}

function OnTargets({ matrix: { kinds, rows } }: { readonly matrix: MatrixBody }) {
  const targets = rows[0]?.targets.map(({ name }) => name) ?? [];
  const [chosen, choose] = useState<string>();
  const target = chosen ?? targets[0];
  if (target === undefined) {
    return (
      <Panel>
        <Empty icon="policy" title="There is nothing to be allowed yet">
          <p>
            Name a target under <code>targets</code> in sallyport.yaml, and a rule about it.
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel
      title="Who can do what"
      actions={
        <Select
          aria-label="target"
          size="xs"
          value={target}
          onChange={(value) => choose(value ?? undefined)}
          data={targets.map((name) => ({
            value: name,
            label: name === 'sallyport' ? 'the gateway itself' : name,
          }))}
          allowDeselect={false}
        />
      }
    >
      <Table target={target} kinds={kinds} rows={rows} />
      <p className={styles['note']}>
        Groups that rules name, each for somebody who is in it alone, and identities that were here, as they
        came last. A star: only some commands of the kind; press it to see which.
      </p>
    </Panel>
  );
}

function Table(it: {
  readonly target: string;
  readonly kinds: readonly string[];
  readonly rows: readonly Row[];
}) {
  const [open, setOpen] = useState<string>();
  return (
    <table className={styles['matrix']}>
      <thead>
        <tr>
          <th scope="col">Who</th>
          {it.kinds.map((kind) => (
            <th key={kind} scope="col">
              {kind}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {it.rows.map((row, at) => {
          const cells = row.targets.find(({ name }) => name === it.target)?.cells ?? [];
          const shown = cells.find(({ kind }) => `${at} ${kind}` === open);
          return (
            <Fragment key={`${row.who.sort} ${row.who.name} ${row.who.kind} ${row.who.issuer}`}>
              <tr>
                <th scope="row">
                  <Whom is={row.who} />
                </th>
                {cells.map((cell) => (
                  <td key={cell.kind} data-kind={cell.kind}>
                    <Cell
                      of={cell}
                      isOpen={shown === cell}
                      toggle={() => setOpen(shown === cell ? undefined : `${at} ${cell.kind}`)}
                    />
                  </td>
                ))}
              </tr>
              {shown !== undefined && (
                <tr className={styles['why']}>
                  <td colSpan={it.kinds.length + 1}>
                    <Why of={shown} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function Whom({ is: { sort, name, kind, groups } }: { readonly is: Row['who'] }) {
  const sortOf = kind === 'agent' ? 'agents' : kind === 'human' ? 'people' : 'everybody';
  if (sort === 'everybody') return <>{kind === null ? 'everybody' : `any ${sortOf}`}</>;
  if (sort === 'group') {
    return (
      <>
        <span className={styles['quiet']}>{sortOf} in</span> <Shown>{name}</Shown>
      </>
    );
  }
  return (
    <span className={styles['seen']}>
      <span>
        <Icon name={kind === 'agent' ? 'agent' : 'person'} size={14} /> <Shown>{name}</Shown>
      </span>
      {groups.length > 0 && (
        <span className={styles['quiet']}>
          <Shown>{groups.join(', ')}</Shown>
        </span>
      )}
    </span>
  );
}

const verdicts: Readonly<Record<MatrixCellBody['verdict'], { tone: Tone; icon: IconName; word: string }>> = {
  allow: { tone: 'allow', icon: 'check', word: 'may' },
  hold: { tone: 'hold', icon: 'pause', word: 'held' },
  ask: { tone: 'accent', icon: 'clock', word: 'on request' },
  deny: { tone: 'quiet', icon: 'cross', word: 'no' },
};

function Cell(it: { readonly of: MatrixCellBody; readonly isOpen: boolean; readonly toggle: () => void }) {
  const { verdict, partly, parts } = it.of;
  const { tone, icon, word } = verdicts[verdict];
  const status =
    verdict === 'deny' ? (
      <span className={styles['no']}>{word}</span>
    ) : (
      <Status tone={tone} icon={icon}>
        {word}
        {partly && '*'}
      </Status>
    );
  if (parts.length === 0) return status;
  return (
    <button type="button" className={styles['cell']} aria-expanded={it.isOpen} onClick={it.toggle}>
      {status}
    </button>
  );
}

const does = { allow: 'allows', hold: 'holds', deny: 'denies' } as const;

function Why({ of: { parts, kind } }: { readonly of: MatrixCellBody }) {
  return (
    <ul className={styles['masks']}>
      {parts.map(({ rule, does: part, actions, resources, when, asleep, about }) => (
        <li key={`${rule} ${part} ${about}`}>
          <span>
            <strong>
              <Shown>{rule}</Shown>
            </strong>{' '}
            {does[part]} <Shown>{actions.length === 0 ? kind : actions.join(', ')}</Shown>
            {resources !== undefined && (
              <>
                {' '}
                of{' '}
                <code>
                  <Shown>{resources.join(', ')}</Shown>
                </code>
              </>
            )}
            {about !== undefined && (about === 'agent' ? ', for agents alone' : ', for people alone')}
            {asleep && ', once a request for it is granted'}
            {when !== undefined && (
              <>
                , when{' '}
                <code>
                  <Shown>{when}</Shown>
                </code>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
