import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { recordedEvent } from '../../../api/contract/schemas/recorded.ts';
import type { EventBody } from '../../../api/contract/schemas.ts';
import { Icon } from '../../parts/icon.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Verbatim } from '../../parts/verbatim.tsx';
import { Summary } from './summary.tsx';
import { toneOf } from './tone.ts';
import styles from './audit.module.css';

/** One event a line, newest first; in full when one asks for it. */
export function EventList({ events }: { readonly events: readonly EventBody[] }) {
  return (
    <ol className={styles['list']}>
      {events.map((event) => (
        <li key={event.seq}>
          <EventLine event={event} />
        </li>
      ))}
    </ol>
  );
}

function EventLine({ event }: { readonly event: EventBody }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={styles['line']}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={styles['seq']}>{event.seq}</span>
        <span className={styles['when']}>
          <Time at={event.time} />
        </span>
        <span>
          <Status tone={toneOf(event.type)}>
            <Shown>{event.type}</Shown>
          </Status>
        </span>
        <span className={styles['what']}>
          <Summary event={recordedEvent.parse(event)} />
        </span>
        <Icon name={isOpen ? 'minus' : 'forward'} size={14} />
      </button>
      {isOpen && <Whole event={event} />}
    </>
  );
}

function Whole({ event }: { readonly event: EventBody }) {
  const { session } = event;
  return (
    <div className={styles['whole']}>
      {typeof session === 'string' && (
        <Link to="/sessions/$id" params={{ id: session }} search={{ at: event.seq }}>
          Play the session from here
        </Link>
      )}
      <Verbatim label={`event ${event.seq}`} lines={24}>
        {JSON.stringify(event, undefined, 2)}
      </Verbatim>
    </div>
  );
}
