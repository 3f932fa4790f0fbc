import { Link } from '@tanstack/react-router';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { useNow } from '../../parts/clock.ts';
import { Shown } from '../../parts/shown.tsx';
import { span } from '../../parts/span.ts';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import styles from './sessions.module.css';

/** One session a line; on a phone, a card. */
export function SessionList({ sessions }: { readonly sessions: readonly SessionBody[] }) {
  return (
    <div className={styles['list']}>
      <div className={styles['heads']} aria-hidden="true">
        <span>Who</span>
        <span>Target</span>
        <span>Began</span>
        <span>Lasted</span>
        <span className={styles['number']}>Commands</span>
        <span className={styles['number']}>Rows</span>
        <span />
      </div>
      <ul>
        {sessions.map((session) => (
          <li key={session.id}>
            <SessionLine session={session} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function SessionLine({ session }: { readonly session: SessionBody }) {
  const { id, identity, target, protocol, application, openedAt, commands, rows } = session;
  return (
    <Link to="/sessions/$id" params={{ id }} className={styles['line'] ?? ''}>
      <span className={styles['who']}>
        <Who is={identity} />
        {application !== null && application !== '' && (
          <span className={styles['quiet']}>
            {' '}
            <Shown>{application}</Shown>
          </span>
        )}
      </span>
      <span className={styles['target']}>
        <Shown>{target}</Shown> <span className={styles['quiet']}>{protocol}</span>
      </span>
      <span className={styles['quiet']}>
        <Time at={openedAt} />
      </span>
      <span className={styles['quiet']}>
        <Lasted session={session} />
      </span>
      <Count of={commands} unit={commands === 1 ? 'command' : 'commands'} />
      <Count of={rows} unit={rows === 1 ? 'row' : 'rows'} />
      <span className={styles['state']}>
        <SessionState session={session} />
      </span>
    </Link>
  );
}

export function SessionState({ session: { closedAt } }: { readonly session: SessionBody }) {
  return closedAt === null ? (
    <Status tone="allow" icon="now">
      live
    </Status>
  ) : (
    <Status tone="quiet" icon="minus">
      ended
    </Status>
  );
}

/** How long it lasted, or has lasted so far. */
export function Lasted({ session: { openedAt, closedAt } }: { readonly session: SessionBody }) {
  const now = useNow();
  const endMs = closedAt === null ? now : Date.parse(closedAt);
  const lastedMs = Math.max(0, endMs - Date.parse(openedAt));
  return lastedMs < 1_000 && closedAt !== null ? `${lastedMs} ms` : span(lastedMs);
}

function Count({ of, unit }: { readonly of: number; readonly unit: string }) {
  return (
    <span className={styles['number']}>
      {of.toLocaleString()}
      <span className={styles['unit']}> {unit}</span>
    </span>
  );
}
