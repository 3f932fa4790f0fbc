import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ActivityBody } from '../../../api/contract/schemas/activity.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import styles from './now.module.css';

/** The index follows the journal a moment behind; so many events more are a sign that it does not keep up. */
const behindMax = 1_000;

/** Whether the gateway does what everything rests on: keeping the record. */
export function Health({ activity }: { readonly activity: ActivityBody | undefined }) {
  return (
    <Panel title="Health">
      {activity === undefined ? <Skeleton height={64} /> : <Lines activity={activity} />}
    </Panel>
  );
}

function Lines({ activity: { version, record } }: { readonly activity: ActivityBody }) {
  const behind = record.newestSeq - record.indexedTo;
  return (
    <div className={styles['health']}>
      <Line isWell={record.losses === 0}>
        {record.losses === 0
          ? `The record is written: ${record.newestSeq.toLocaleString()} events.`
          : `The record could not be written ${record.losses} times since the start; commands were refused then. Look at the disk of the data folder.`}
      </Line>
      <Line isWell={behind < behindMax}>
        {behind < behindMax
          ? 'Search is up to date.'
          : `Search is ${behind.toLocaleString()} events behind; it catches up by itself.`}
      </Line>
      <Line isWell>{`Sallyport ${version} answers.`}</Line>
    </div>
  );
}

function Line({ isWell, children }: { readonly isWell: boolean; readonly children: ReactNode }) {
  return (
    <div>
      <span className={isWell ? styles['ok'] : styles['bad']}>
        <Icon name={isWell ? 'check' : 'warning'} size={15} />
      </span>
      <span>{children}</span>
    </div>
  );
}
