import type { SimulationBody } from '../../../api/contract/schemas/policy.ts';
import { Empty } from '../../parts/empty.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Sql, SqlLine } from '../../parts/sql.tsx';
import { Status, Verdict } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import { Unseen } from '../../parts/unseen.tsx';
import styles from './policy.module.css';

/** What other rules would have made of the record, the most commands first. */
export function Results({ of }: { readonly of: SimulationBody }) {
  const { commands, unchanged, from, changes, groups, masks, masksUnknown, unlisted } = of;
  if (commands === 0) {
    return (
      <Empty icon="clock" title="No commands are on record there">
        <p>Ask for a longer time, or leave identity and target out.</p>
      </Empty>
    );
  }
  if (changes.length + masks.length === 0) {
    return (
      <>
        <Empty icon="check" title="Nothing would change">
          <p>
            {figure(commands)} commands {from !== null && <Since at={from} />} would be decided as they were.
          </p>
        </Empty>
        <LeftOut of={of} />
      </>
    );
  }
  return (
    <div className={styles['stack']}>
      <p className={styles['summary']}>
        <strong>{figure(commands - unchanged)}</strong> of {figure(commands)} commands{' '}
        {from !== null && <Since at={from} />} would be decided otherwise.
      </p>
      <ul className={styles['turns']} aria-label="changes">
        {changes.map((change) => (
          <li key={`${change.was} ${change.now}`}>
            <Turn of={change} /> {figure(change.commands)}
          </li>
        ))}
        {masks.length > 0 && (
          <li>
            <Status tone="mask" icon="mask">
              masked otherwise
            </Status>{' '}
            {figure(masks.reduce((sum, mask) => sum + mask.commands, 0))}
          </li>
        )}
      </ul>
      <ul className={styles['groups']} aria-label="commands that would change">
        {groups.map((group, at) => (
          <li key={at}>
            <Group of={group} />
          </li>
        ))}
      </ul>
      {masks.length > 0 && (
        <ul className={styles['groups']} aria-label="masks that would change">
          {masks.map((mask, at) => (
            <li key={at}>
              <Mask of={mask} />
            </li>
          ))}
        </ul>
      )}
      {masksUnknown > 0 && (
        <p className={styles['note']}>
          Of {figure(masksUnknown)} commands the record does not tell what was masked.
        </p>
      )}
      {unlisted > 0 && (
        <p className={styles['note']}>
          {figure(unlisted)} more changes are not listed: ask for one identity or target.
        </p>
      )}
      <LeftOut of={of} />
    </div>
  );
}

function Since({ at }: { readonly at: string }) {
  return (
    <>
      (the first <Time at={at} />)
    </>
  );
}

function Group({ of }: { readonly of: SimulationBody['groups'][number] }) {
  const { identity, target, text, commands, rulesBefore, rulesNow, because, examples } = of;
  return (
    <>
      <p className={styles['group-head']}>
        <Turn of={of} /> <Count of={commands} />
        <span className={styles['on']}>
          <Who is={identity} /> on <Shown>{target}</Shown>
        </span>
      </p>
      <Sql lines={5}>{text}</Sql>
      <p className={styles['more']}>
        <Rules of={rulesBefore} /> <span aria-hidden="true">→</span>
        <Unseen>then; now</Unseen> <Rules of={rulesNow} />
      </p>
      {because !== undefined && (
        <p className={styles['more']}>
          <Shown>{because}</Shown>
        </p>
      )}
      <Examples of={examples} />
    </>
  );
}

function Mask({ of }: { readonly of: SimulationBody['masks'][number] }) {
  const { identity, target, resource, was, now, commands, examples } = of;
  const what = was === null ? 'newly masked' : now === null ? 'no longer masked' : 'masked otherwise';
  return (
    <>
      <p className={styles['group-head']}>
        <Status tone={now === null ? 'deny' : 'mask'} icon={now === null ? 'warning' : 'mask'}>
          {what}
        </Status>{' '}
        <Count of={commands} />
        <span className={styles['on']}>
          <Who is={identity} /> on <Shown>{target}</Shown>
        </span>
      </p>
      <p className={styles['more']}>
        <code>
          <Shown>{resource}</Shown>
        </code>
        : {was ?? 'in clear'} → {now ?? 'in clear'}
      </p>
      <Examples of={examples} />
    </>
  );
}

function Turn({ of: { was, now } }: { readonly of: Pick<SimulationBody['changes'][number], 'was' | 'now'> }) {
  return (
    <span className={styles['turn']}>
      <Verdict of={was} />
      <Icon name="forward" size={12} />
      <Unseen>would be</Unseen>
      {now === 'unknown' ? (
        <Status tone="quiet" icon="warning">
          cannot tell
        </Status>
      ) : now === 'cut' ? (
        <Status tone="hold" icon="minus">
          cut off
        </Status>
      ) : (
        <Verdict of={now} />
      )}
    </span>
  );
}

function Count({ of }: { readonly of: number }) {
  return (
    <span className={styles['count']}>
      {figure(of)} {of === 1 ? 'command' : 'commands'}
    </span>
  );
}

function Rules({ of }: { readonly of: readonly string[] }) {
  return of.length === 0 ? <em>no rule</em> : <Shown>{of.join(', ')}</Shown>;
}

/** Each leads to its moment in the recording. */
function Examples({ of }: { readonly of: SimulationBody['groups'][number]['examples'] }) {
  return (
    <ul className={styles['examples']} aria-label="examples">
      {of.map(({ session, seq, time, text }) => (
        <li key={seq}>
          <a href={`/sessions/${encodeURIComponent(session)}?at=${seq}`}>
            <Time at={time} />
          </a>
          <SqlLine>{text}</SqlLine>
        </li>
      ))}
    </ul>
  );
}

function LeftOut({ of: { leftOut } }: { readonly of: SimulationBody }) {
  const parts = Object.entries(leftOut).map(
    ([code, commands]) => `${figure(commands)} ${reasons[code] ?? code}`,
  );
  if (parts.length === 0) return null;
  return (
    <p className={styles['note']}>
      Left out, for other things than rules decided them: <Shown>{parts.join(', ')}</Shown>.
    </p>
  );
}

const reasons: Readonly<Record<string, string>> = {
  unknown_session: 'of sessions whose beginning was dropped',
};

function figure(amount: number): string {
  return amount.toLocaleString('en');
}
