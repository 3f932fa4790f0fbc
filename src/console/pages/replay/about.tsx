import type { SessionBody } from '../../../api/contract/schemas.ts';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/page.tsx';
import { plural } from '../../parts/plural.ts';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import { Said } from '../../parts/said.tsx';
import { Lasted, SessionState } from '../sessions/list.tsx';
import { weightOf } from './moments.ts';
import type { Moment, Weight } from './moments.ts';
import styles from './replay.module.css';

/** Who was on what, since when, and what there was to see. */
export function About({
  session,
  moments,
}: {
  readonly session: SessionBody;
  readonly moments: readonly Moment[];
}) {
  return (
    <Panel>
      <div className={styles['head']}>
        <h2>
          <Who is={session.identity} /> on <Shown>{session.target}</Shown>
        </h2>
        <SessionState session={session} />
      </div>
      <div className={styles['about']}>
        <Facts>
          <Fact name="Began">
            <Time at={session.openedAt} />
          </Fact>
          <Fact name="Lasted">
            <Lasted session={session} />
            {session.reason !== null && (
              <>
                {', ended: '}
                <Shown>{session.reason}</Shown>
              </>
            )}
          </Fact>
          <Fact name="From">
            <Shown>{session.client}</Shown>
            {session.application !== null && session.application !== '' && (
              <>
                {', '}
                <Shown>{session.application}</Shown>
              </>
            )}
          </Fact>
        </Facts>
        <Facts>
          <Fact name="Groups">
            <Shown>
              {session.identity.groups.length === 0 ? 'none' : session.identity.groups.join(', ')}
            </Shown>
          </Fact>
          <Said by={session.identity} />
          <Fact name="In it">
            <Sums moments={moments} session={session} />
          </Fact>
        </Facts>
      </div>
    </Panel>
  );
}

function Sums({ moments, session }: { readonly moments: readonly Moment[]; readonly session: SessionBody }) {
  const count = (weight: Weight) => moments.filter((moment) => weightOf(moment) === weight).length;
  const refused = count('refused');
  const held = count('held');
  const masked = count('masked');
  return (
    <span className={styles['sums']}>
      <span>
        {plural(session.commands, 'command')}, {plural(session.rows, 'row')}
      </span>
      {refused > 0 && (
        <Status tone="deny" icon="cross">
          {refused} refused
        </Status>
      )}
      {held > 0 && (
        <Status tone="hold" icon="pause">
          {held} held
        </Status>
      )}
      {masked > 0 && (
        <Status tone="mask" icon="mask">
          {plural(masked, 'masked answer')}
        </Status>
      )}
    </span>
  );
}
