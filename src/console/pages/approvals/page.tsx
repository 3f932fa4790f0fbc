import { SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useKey } from '../../app/keys.tsx';
import { listedMax, useApprovals } from '../../data/approvals.ts';
import { useRequests } from '../../data/requests.ts';
import { Beside } from '../../parts/beside.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Detail } from './detail.tsx';
import { isWaiting, itemsOf } from './items.ts';
import type { Item } from './items.ts';
import { ItemList } from './list.tsx';
import styles from './approvals.module.css';

type Which = 'waiting' | 'decided';

/** The inbox, and beside it (on a phone: in its place) what is decided on. */
export function ApprovalsPage() {
  const { id } = useParams({ strict: false });
  const [which, show] = useState<Which>('waiting');
  const waiting = useItems('pending', true);
  const all = useItems(undefined, which === 'decided');
  const { items, error, again } = which === 'waiting' ? waiting : all;
  const listed = items?.filter((item) => isWaiting(item) === (which === 'waiting'));
  useSelection(listed, id);
  return (
    <Page
      title="Approvals"
      about="What waits for a person’s word: held commands, and requests for rules that sleep."
      actions={
        <SegmentedControl
          aria-label="which"
          value={which}
          onChange={(value) => show(value)}
          data={[
            { value: 'waiting', label: `Waiting${countOf(waiting.items)}` },
            { value: 'decided', label: 'Decided' },
          ]}
        />
      }
    >
      {error !== null && <Failed error={error} again={again} />}
      <Beside
        list={
          listed === undefined ? (
            error === null && <Loading lines={6} />
          ) : listed.length === 0 ? (
            <Panel>{which === 'waiting' ? <NothingWaits /> : <NothingDecided />}</Panel>
          ) : (
            <>
              <ItemList items={listed} />
              {which === 'decided' && <OnRecord isThere={(items?.length ?? 0) >= listedMax} />}
            </>
          )
        }
        open={id === undefined ? undefined : <Detail key={id} id={id} />}
      />
    </Page>
  );
}

/** @param state those that wait are asked for apart, so that none is lost behind hundreds that were decided */
function useItems(state: 'pending' | undefined, enabled: boolean) {
  const holds = useApprovals(state, enabled);
  const requests = useRequests(state, enabled);
  const isThere = holds.data !== undefined && requests.data !== undefined;
  return {
    items: isThere ? itemsOf(holds.data, requests.data.requests) : undefined,
    error: holds.error ?? requests.error,
    again: () => {
      void holds.refetch();
      void requests.refetch();
    },
  };
}

/**
 * `j` and `k`; and where there is room for both, the first is opened by itself. It is fixed in the address, so that what
 * comes in later never takes its place under somebody's finger.
 */
function useSelection(items: readonly Item[] | undefined, id: string | undefined): void {
  const go = useNavigate();
  const hasRoom = useMediaQuery('(min-width: 64em)', false, { getInitialValueInEffect: false });
  const at = items?.findIndex(({ it }) => it.id === id) ?? -1;
  const open = (item: Item | undefined, replace = false) => {
    if (item !== undefined) void go({ to: '/approvals/$id', params: { id: item.it.id }, replace });
  };
  // Round and round, so that the next is there also behind the last, or when this one has left the list.
  useKey('j', 'Next', () => open(items?.[at + 1] ?? items?.[0]));
  useKey('k', 'The one before', () => open(items?.at(at > 0 ? at - 1 : -1)));
  const first = items?.[0];
  useEffect(() => {
    if (hasRoom && id === undefined) open(first, true);
  });
}

function countOf(items: readonly Item[] | undefined): string {
  const count = items?.filter(isWaiting).length ?? 0;
  return count === 0 ? '' : ` (${count})`;
}

function OnRecord({ isThere }: { readonly isThere: boolean }) {
  if (!isThere) return null;
  return (
    <p className={styles['why-not']}>
      Those before are on record: <Link to="/audit">Audit</Link>.
    </p>
  );
}

function NothingWaits() {
  return (
    <Empty icon="approvals" title="Nothing waits for you">
      <p>
        When a rule holds a command, or somebody asks for a rule that sleeps, it appears here by itself. In
        the configuration: <code>hold: [write]</code> with <code>approvers</code>.
      </p>
    </Empty>
  );
}

function NothingDecided() {
  return (
    <Empty icon="approvals" title="Nothing was decided yet">
      <p>Decisions stay here, with who took them and why.</p>
    </Empty>
  );
}
