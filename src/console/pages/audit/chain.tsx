import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Found, VerificationBody } from '../../../api/contract/schemas/verification.ts';
import { useVerification, useVerify } from '../../data/events.ts';
import { Answer } from '../../parts/answer.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Panel } from '../../parts/page.tsx';
import { plural } from '../../parts/plural.ts';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import styles from './audit.module.css';

/** Whether the journal is as it was written, since when that is known, and how to look again. */
export function Chain() {
  const state = useVerification(true);
  const verify = useVerify();
  return (
    <Panel>
      <Answer of={state} lines={2}>
        {(known) => (
          <div className={styles['chain']}>
            <div>
              <Known of={known} />
            </div>
            <Button
              variant="default"
              onClick={() => verify.mutate()}
              loading={known.runningSince !== null || verify.isPending}
            >
              {known.last === null ? 'Verify the chain' : 'Verify again'}
            </Button>
          </div>
        )}
      </Answer>
      {verify.error !== null && <Failed error={verify.error} />}
    </Panel>
  );
}

function Known({ of: { last, runningSince } }: { readonly of: VerificationBody }) {
  if (last === null) {
    return (
      <Told
        status={
          <Status tone="quiet" icon="clock">
            {runningSince === null ? 'not verified yet' : 'being verified'}
          </Status>
        }
        title="The chain of the journal"
      >
        Every block holds the hash of the one before. Verifying reads all of it and finds any change, gap or
        cut; nobody’s command waits for that.
      </Told>
    );
  }
  return (
    <Outcome found={last.found}>
      Verified <Time at={last.at} />, in {(last.tookMs / 1_000).toFixed(1)} s.
    </Outcome>
  );
}

function Outcome({ found, children }: { readonly found: Found; readonly children: ReactNode }) {
  switch (found.outcome) {
    case 'intact':
      return (
        <Told
          status={
            <Status tone="allow" icon="check">
              intact
            </Status>
          }
          title={`${plural(found.events, 'event')} in ${plural(found.blocks, 'block')}, ${plural(found.checkpoints, 'signed checkpoint')}`}
        >
          {children}{' '}
          {found.unsigned > 0 && `The newest ${plural(found.unsigned, 'block')}: chained, and signed soon. `}
          {found.recovered > 0 &&
            `${plural(found.recovered, 'write')} cut off by a crash, and accounted for. `}
          {found.dropped !== null &&
            `Events 1 to ${found.dropped.events.toLocaleString()} were dropped, as journal.keep says.`}
        </Told>
      );
    case 'broken':
      return (
        <Told
          status={
            <Status tone="deny" icon="warning">
              broken
            </Status>
          }
          title={<Shown>{found.reason}</Shown>}
        >
          <Shown>{found.file}</Shown>, block {found.block}, lines {found.lines[0]} to {found.lines[1]}.{' '}
          {children} Keep the folder as it is, and compare it with the copies you have elsewhere.
        </Told>
      );
    case 'failed':
      return (
        <Told
          status={
            <Status tone="hold" icon="warning">
              could not be read
            </Status>
          }
          title={<Shown>{found.reason}</Shown>}
        >
          {children} This proves nothing, neither way.
        </Told>
      );
  }
}

function Told(it: { readonly status: ReactNode; readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <>
      <p className={styles['outcome']}>
        {it.status} <strong>{it.title}</strong>
      </p>
      <p className={styles['quiet']}>{it.children}</p>
    </>
  );
}
