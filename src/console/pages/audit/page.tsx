import { getRouteApi } from '@tanstack/react-router';
import { useEvents } from '../../data/events.ts';
import { useMay } from '../../data/me.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { isGiven } from '../../parts/in-address.ts';
import { Older } from '../../parts/older.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Chain } from './chain.tsx';
import { Download } from './download.tsx';
import { EventList } from './event-list.tsx';
import { filterOf } from './search.ts';
import { Sought } from './sought.tsx';
import styles from './audit.module.css';

const route = getRouteApi('/audit');

/** The record as a whole: whether it is intact, and every event of it. */
export function AuditPage() {
  const search = route.useSearch();
  const mayVerify = useMay('read.verify');
  const mayReadAll = useMay('read.events');
  return (
    <Page
      title="Audit"
      about={
        mayReadAll
          ? 'Everything that was decided and done, in one chain that shows every change.'
          : 'What you did yourself. Rules on the target sallyport let auditors see all of it.'
      }
      actions={mayReadAll && <Download within={search.within} />}
    >
      {mayVerify && <Chain />}
      <Sought search={search} isNarrowed={isGiven(search)} />
      <Events />
    </Page>
  );
}

function Events() {
  const search = route.useSearch();
  const found = useEvents(filterOf(search));
  return (
    <section aria-label="events" className={styles['events']}>
      <Answer of={found} lines={10}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.events);
          if (events.length > 0) return <EventList events={events} />;
          return <Panel>{isGiven(search) ? <NothingFits /> : <NothingYet />}</Panel>;
        }}
      </Answer>
      <Older of={found} />
    </section>
  );
}

function NothingFits() {
  return (
    <Empty icon="search" title="No event fits">
      Names of identities, targets and rules are looked for as a whole; a text anywhere in a command.
    </Empty>
  );
}

function NothingYet() {
  return (
    <Empty icon="audit" title="Nothing is on record for you yet">
      Connect to a target: what you do there appears here by itself.
    </Empty>
  );
}
