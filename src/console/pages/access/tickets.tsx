import { Button } from '@mantine/core';
import type { TicketBody } from '../../../api/contract/schemas/tickets.ts';
import { useEndTicket, useTickets } from '../../data/access.ts';
import { Answer } from '../../parts/answer.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Left } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import styles from './access.module.css';

const shownMax = 20;

/** Tickets that are good now; ending one ends the sessions on it. */
export function Tickets() {
  return (
    <Panel title="Live tickets">
      <Answer of={useTickets()} lines={2}>
        {(tickets) =>
          tickets.length === 0 ? (
            <p className={styles['quiet']}>
              None. A ticket is a short-lived secret for a program: put one in above, or make one with{' '}
              <code>sallyport token exchange</code>.
            </p>
          ) : (
            <ul className={styles['lines']} aria-label="tickets">
              {tickets.slice(0, shownMax).map((ticket) => (
                <li key={ticket.id}>
                  <Line ticket={ticket} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

function Line({ ticket: { id, identity, targets, expiresAt } }: { readonly ticket: TicketBody }) {
  const end = useEndTicket();
  return (
    <div className={styles['rule']}>
      <div className={styles['row']}>
        <span>
          <Who is={identity} />{' '}
          <span className={styles['quiet']}>
            for <Shown>{targets === undefined ? 'everything' : targets.join(', ')}</Shown>
            {identity.purpose !== undefined && (
              <>
                : <Shown>{identity.purpose}</Shown>
              </>
            )}
          </span>
        </span>
        <span className={styles['row']}>
          <span>
            <Left until={expiresAt} /> left
          </span>
          <Button size="compact-sm" variant="default" loading={end.isPending} onClick={() => end.mutate(id)}>
            End it
          </Button>
        </span>
      </div>
      {end.error !== null && <Failed error={end.error} />}
    </div>
  );
}
