import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { Fact, Facts, Words } from '../../parts/facts.tsx';
import { Panel } from '../../parts/page.tsx';
import { Parameters } from '../../parts/parameters.tsx';
import { Shown } from '../../parts/shown.tsx';
import { span } from '../../parts/span.ts';
import { Sql } from '../../parts/sql.tsx';
import { Status, Verdict } from '../../parts/status.tsx';
import { Verbatim } from '../../parts/verbatim.tsx';
import { Warnings } from '../../parts/warnings.tsx';
import { Who } from '../../parts/who.tsx';
import { Answered } from './answered.tsx';
import { clockOf } from './clock-of.ts';
import type { CommandMoment, HeldMoment, Moment, RefusedMoment } from './moments.ts';
import { noteTitle } from './note.tsx';
import styles from './replay.module.css';

const everyRow = 'It is about every row: there is no WHERE that selects.';

interface Seen<M extends Moment = Moment> {
  readonly moment: M;
  readonly session: SessionBody;
  /** What came later is not there yet. */
  readonly sessionMs: number;
}

/** All that is known of the moment that one is at. */
export function MomentDetail(it: Seen & { readonly lengthMs: number }) {
  const { moment, lengthMs } = it;
  return (
    <article aria-label="moment" className={styles['moment']}>
      <Panel>
        <div className={styles['head']}>
          <h2>{titleOf(moment)}</h2>
          <span className={styles['when']}>
            {clockOf(moment.atMs, lengthMs)} · event {moment.seq}
          </span>
        </div>
        <Inside {...it} />
      </Panel>
    </article>
  );
}

function titleOf(moment: Moment): ReactNode {
  switch (moment.kind) {
    case 'command':
      return (
        <>
          {moment.number === undefined ? 'Command' : `Command ${moment.number}`}{' '}
          <Verdict of={moment.verdict === 'hold' ? 'hold' : 'allow'} />
        </>
      );
    case 'refused':
      return (
        <>
          Refused{' '}
          <Status tone="deny" icon="cross">
            <Shown>{moment.code}</Shown>
          </Status>
        </>
      );
    case 'held':
      return (
        <>
          Held{' '}
          <Status tone="hold" icon="pause">
            waits for people
          </Status>
        </>
      );
    case 'note':
      return noteTitle(moment.event);
  }
}

function Inside({ moment, session, sessionMs }: Seen) {
  switch (moment.kind) {
    case 'command':
      return <Command moment={moment} session={session} sessionMs={sessionMs} />;
    case 'refused':
      return <Refused moment={moment} session={session} sessionMs={sessionMs} />;
    case 'held':
      return <Held moment={moment} session={session} sessionMs={sessionMs} />;
    case 'note':
      return moment.event.text !== undefined ? <Text session={session}>{moment.event.text}</Text> : null;
  }
}

function Command({ moment, session, sessionMs }: Seen<CommandMoment>) {
  const { result, reveals = [] } = moment;
  const isThere = result !== undefined && result.atMs <= sessionMs;
  return (
    <>
      <Asked moment={moment} session={session} />
      <Facts>
        <Why moment={moment} />
        {reveals.length > 0 && (
          <Fact name="Shown in clear">
            <Words>{reveals}</Words>
          </Fact>
        )}
      </Facts>
      {isThere ? (
        <Answered result={result} tookMs={result.atMs - moment.atMs} isHttp={isHttp(session)} />
      ) : (
        <p className={styles['quiet']}>
          {result === undefined ? 'No answer is on record.' : 'It runs; its answer comes later.'}
        </p>
      )}
    </>
  );
}

function Refused({ moment, session }: Seen<RefusedMoment>) {
  return (
    <>
      <Asked moment={moment} session={session} />
      <p className={styles['because']}>
        <Shown>{moment.because}</Shown>
      </p>
      <Facts>
        <Why moment={moment} />
      </Facts>
    </>
  );
}

function Held({ moment, session, sessionMs }: Seen<HeldMoment>) {
  const { approval, ended } = moment;
  return (
    <>
      <Asked moment={moment} session={session} />
      <Facts>
        <Why moment={moment} />
        {approval !== undefined && (
          <Fact name="Approval">
            <Link to="/approvals/$id" params={{ id: approval }}>
              <Shown>{approval}</Shown>
            </Link>
          </Fact>
        )}
      </Facts>
      {moment.said
        .filter(({ atMs }) => atMs <= sessionMs)
        .map(({ atMs, by, decision, because }) => (
          <p key={atMs} className={styles['said']}>
            <Status
              tone={decision === 'approve' ? 'allow' : 'deny'}
              icon={decision === 'approve' ? 'check' : 'cross'}
            >
              {decision === 'approve' ? 'agreed' : 'denied'}
            </Status>{' '}
            {by !== undefined && <Who is={by} />} after {span(atMs - moment.atMs)}
            {because !== undefined && because !== '' && (
              <>
                : <Shown>{because}</Shown>
              </>
            )}
          </p>
        ))}
      {ended !== undefined && ended.atMs <= sessionMs && (
        <p className={styles['quiet']}>
          Over after {span(ended.atMs - moment.atMs)}: <Shown>{ended.outcome}</Shown>
        </p>
      )}
    </>
  );
}

type AskedMoment = CommandMoment | RefusedMoment | HeldMoment;

function Asked({ moment, session }: { readonly moment: AskedMoment; readonly session: SessionBody }) {
  const { text, parameters = [], failures = [], unbounded } = moment;
  const failed = failures.map(({ rule, error }) => `The rule “${rule}” failed: ${error}`);
  return (
    <>
      <Warnings>{[...(unbounded === true ? [everyRow] : []), ...failed]}</Warnings>
      <Text session={session}>{text}</Text>
      <Parameters values={parameters} />
    </>
  );
}

function Why({ moment }: { readonly moment: AskedMoment }) {
  const { effects = [], rules = [], uses = [] } = moment;
  return (
    <>
      {effects.length > 0 && (
        <Fact name={moment.kind === 'command' ? 'Does' : 'Would'}>
          <Words>{effects}</Words>
        </Fact>
      )}
      {uses.length > 0 && (
        <Fact name="Sensitive columns">
          <Words>{uses}</Words>
        </Fact>
      )}
      {rules.length > 0 && (
        <Fact name="Rules">
          <Words>{rules}</Words>
        </Fact>
      )}
    </>
  );
}

function Text({ session, children }: { readonly session: SessionBody; readonly children: string }) {
  return isHttp(session) ? (
    <Verbatim label="request" lines={8}>
      {children}
    </Verbatim>
  ) : (
    <Sql lines={18}>{children}</Sql>
  );
}

function isHttp({ protocol }: SessionBody): boolean {
  return protocol !== 'postgres';
}
