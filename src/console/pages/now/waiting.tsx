import { Link } from '@tanstack/react-router';
import { useApprovals } from '../../data/approvals.ts';
import { useRequests } from '../../data/requests.ts';
import { Answer } from '../../parts/answer.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { SqlLine } from '../../parts/sql.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import styles from './now.module.css';

const shownMax = 5;

/** The newest of what waits for a person. */
export function Waiting() {
  const holds = useApprovals('pending');
  const requests = useRequests('pending');
  const asked = requests.data?.requests ?? [];
  return (
    <Panel title="Waiting for a person">
      <Answer of={holds} lines={2}>
        {(held) =>
          held.length + asked.length === 0 ? (
            <p className={styles['quiet']}>
              Nothing waits. What is held or asked for appears here by itself.
            </p>
          ) : (
            <ul className={styles['lines']}>
              {held.slice(0, shownMax).map((hold) => (
                <li key={hold.id}>
                  <Link to="/approvals/$id" params={{ id: hold.id }} className={styles['line'] ?? ''}>
                    <span className={styles['name']}>
                      <Who is={hold.identity} />
                    </span>
                    <span className={styles['quiet']}>
                      <Time at={hold.createdAt} />
                    </span>
                    <SqlLine>{hold.text}</SqlLine>
                  </Link>
                </li>
              ))}
              {asked.slice(0, shownMax).map((request) => (
                <li key={request.id}>
                  <Link to="/approvals/$id" params={{ id: request.id }} className={styles['line'] ?? ''}>
                    <span className={styles['name']}>
                      <Who is={request.identity} />
                    </span>
                    <span className={styles['quiet']}>
                      <Time at={request.createdAt} />
                    </span>
                    <span className={styles['quiet']}>
                      asks for <Shown>{request.rule}</Shown>
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}
