import { Link } from '@tanstack/react-router';
import { useLiveSessions } from '../../data/live-sessions.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import styles from './now.module.css';

const shownMax = 12;

/** Who is on what, just now. */
export function LiveSessions() {
  const sessions = useLiveSessions();
  const count = sessions.data?.length ?? 0;
  return (
    <Panel title={count === 0 ? 'Live sessions' : `Live sessions (${count})`}>
      <Answer of={sessions}>
        {(live) =>
          live.length === 0 ? (
            <Empty icon="sessions" title="Nobody is connected">
              <p>
                The page <Link to="/access">Access</Link> has ways to connect that are ready to copy.
              </p>
            </Empty>
          ) : (
            <ul className={styles['lines']}>
              {live.slice(0, shownMax).map((session) => (
                <li key={session.id}>
                  <SessionLine session={session} />
                </li>
              ))}
              {live.length > shownMax && (
                <li>
                  <Link to="/sessions" className={styles['line'] ?? ''}>
                    and {live.length - shownMax} more
                  </Link>
                </li>
              )}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

function SessionLine({ session }: { readonly session: SessionBody }) {
  const { identity, target, application, commands, rows, openedAt, protocol } = session;
  return (
    <Link to="/sessions/$id" params={{ id: session.id }} search={{}} className={styles['line'] ?? ''}>
      <span className={styles['name']}>
        <Who is={identity} /> on <Shown>{target}</Shown>
      </span>
      <span className={styles['right']}>{counted(commands, 'command')}</span>
      <span className={styles['quiet']}>
        <Shown>{application ?? protocol}</Shown>
        {identity.purpose !== undefined && (
          <>
            , for <Shown>{identity.purpose}</Shown>
          </>
        )}
      </span>
      <span className={`${styles['quiet']} ${styles['right']}`}>
        {counted(rows, 'row')}, opened <Time at={openedAt} />
      </span>
    </Link>
  );
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString()} ${count === 1 ? what : `${what}s`}`;
}
