import { getRouteApi } from '@tanstack/react-router';
import { useEndedSessions, useLiveSessions } from '../../data/sessions.ts';
import type { SessionFilter } from '../../data/sessions.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { isGiven } from '../../parts/in-address.ts';
import { Older } from '../../parts/older.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { filterOf } from './filter.ts';
import { SessionList } from './list.tsx';
import { Sought } from './sought.tsx';
import styles from './sessions.module.css';

const route = getRouteApi('/sessions');

/** Who was on what: those that live, and behind them those that have ended. */
export function SessionsPage() {
  const search = route.useSearch();
  const filter = filterOf(search);
  const isNarrowed = isGiven(search);
  return (
    <Page title="Sessions" about="Who was on what, and every command of theirs, to be played again.">
      <Sought search={search} isNarrowed={isNarrowed} />
      <Live filter={filter} isNarrowed={isNarrowed} />
      <Ended filter={filter} isNarrowed={isNarrowed} />
    </Page>
  );
}

interface Part {
  readonly filter: SessionFilter;
  readonly isNarrowed: boolean;
}

function Live({ filter, isNarrowed }: Part) {
  const found = useLiveSessions(filter);
  return (
    <section aria-label="live" className={styles['part']}>
      <h2>Live</h2>
      <Answer of={found} lines={2}>
        {(sessions) =>
          sessions.length > 0 ? (
            <SessionList sessions={sessions} />
          ) : (
            <p className={styles['none']}>
              {isNarrowed ? 'None of those that are open now fits.' : 'Nobody is connected just now.'}
            </p>
          )
        }
      </Answer>
    </section>
  );
}

function Ended({ filter, isNarrowed }: Part) {
  const found = useEndedSessions(filter);
  return (
    <section aria-label="ended" className={styles['part']}>
      <h2>Ended</h2>
      <Answer of={found}>
        {({ pages }) =>
          pages.flat().length > 0 ? (
            <SessionList sessions={pages.flat()} />
          ) : (
            <Panel>{isNarrowed ? <NothingFits /> : <NoneYet />}</Panel>
          )
        }
      </Answer>
      <Older of={found} />
    </section>
  );
}

function NothingFits() {
  return (
    <Empty icon="search" title="No session fits">
      Names of identities, targets and rules are looked for as a whole; a text anywhere in a command.
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty icon="sessions" title="No session has ended yet">
      Connect with a token as the password: <code>psql "host=GATEWAY port=6432 dbname=TARGET"</code>. What is
      done then can be played here.
    </Empty>
  );
}
