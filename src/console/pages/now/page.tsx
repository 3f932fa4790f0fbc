import { useActivity } from '../../data/activity.ts';
import { useMay, useMe } from '../../data/me.ts';
import { Failed } from '../../parts/failed.tsx';
import { Page } from '../../parts/page.tsx';
import { Charts } from './charts.tsx';
import { Health } from './health.tsx';
import { LiveSessions } from './live-sessions.tsx';
import { Waiting } from './waiting.tsx';
import styles from './now.module.css';

/** The first page: what goes on, what waits, and whether all is well. */
export function NowPage() {
  const me = useMe().data;
  const mayWatch = useMay('read.activity');
  const activity = useActivity(mayWatch);
  const about = mayWatch
    ? 'Everybody’s sessions, and the last 24 hours.'
    : 'Your own sessions, and what waits for you. Rules on the target sallyport let auditors see all of it.';
  if (me === undefined) return null;
  return (
    <Page title="Now" about={about}>
      {activity.error !== null && <Failed error={activity.error} />}
      {mayWatch && <Charts activity={activity.data} />}
      <div className={styles['both']}>
        <LiveSessions />
        <div className={styles['side']}>
          <Waiting />
          {mayWatch && <Health activity={activity.data} />}
        </div>
      </div>
    </Page>
  );
}
