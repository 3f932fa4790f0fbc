import type { ApprovalBody } from '../../../api/contract/schemas.ts';
import { Link } from '@tanstack/react-router';
import { useDecideApproval } from '../../data/approvals.ts';
import { useMay } from '../../data/me.ts';
import { Fact, Facts, Words } from '../../parts/facts.tsx';
import { Panel } from '../../parts/page.tsx';
import { Parameters } from '../../parts/parameters.tsx';
import { Said } from '../../parts/said.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Sql } from '../../parts/sql.tsx';
import { State } from '../../parts/status.tsx';
import { Left, Time } from '../../parts/time.tsx';
import { Warnings } from '../../parts/warnings.tsx';
import { Who } from '../../parts/who.tsx';
import { Decide } from './decide.tsx';
import { Decisions } from './decisions.tsx';
import { Preview } from './preview.tsx';
import styles from './approvals.module.css';

const everyRow = 'It is about every row: there is no WHERE that selects.';

/** A held command. */
export function HoldDetail({ hold }: { readonly hold: ApprovalBody }) {
  const decide = useDecideApproval(hold);
  return (
    <Panel>
      <div className={styles['head']}>
        <h2>
          <Who is={hold.identity} /> on <Shown>{hold.target}</Shown>
        </h2>
        <State of={hold.state} />
      </div>
      <Warnings>{[...(hold.unbounded ? [everyRow] : []), ...hold.warnings]}</Warnings>
      <Sql lines={18}>{hold.text}</Sql>
      <Parameters values={hold.parameters} />
      {hold.preview !== null && <Preview of={hold.preview} state={hold.state} />}
      <Facts>
        <Fact name="Would">
          <Words>{hold.effects}</Words>
        </Fact>
        {hold.preview === null && <Guess of={hold.estimate} />}
        {hold.uses.length > 0 && (
          <Fact name="Sensitive columns">
            <Words>{hold.uses}</Words>
          </Fact>
        )}
        <Said by={hold.identity} />
        <Fact name="Held by">
          <Words>{hold.rules}</Words>
        </Fact>
        <Fact name="Asked">
          <Time at={hold.createdAt} />
          <InSession id={hold.session} />
        </Fact>
        <Deadline hold={hold} />
      </Facts>
      <Decisions of={hold} />
      <Decide item={hold} act={decide} standsForMs={standsForMs(hold)} />
    </Panel>
  );
}

/** For whoever may see it: what the client did before. */
function InSession({ id }: { readonly id: string }) {
  if (!useMay('read.sessions')) return null;
  return (
    <>
      {' in '}
      <Link to="/sessions/$id" params={{ id }} search={{}} className={styles['link'] ?? ''}>
        this session
      </Link>
    </>
  );
}

function Guess({ of: estimate }: { readonly of: ApprovalBody['estimate'] }) {
  if (estimate === null) return null;
  const { rows, cost } = estimate;
  return (
    <Fact name="Planner’s guess">
      about {rows.toLocaleString()} {rows === 1 ? 'row' : 'rows'}, cost {cost.toLocaleString()}
    </Fact>
  );
}

function Deadline({ hold }: { readonly hold: ApprovalBody }) {
  if (hold.state === 'pending') {
    return (
      <Fact name={hold.waiting ? 'Its client waits' : 'To be decided within'}>
        <Left until={hold.waiting ? hold.waitUntil : hold.pendingUntil} />
        {hold.waiting && ' more, then it has to send the command again'}
      </Fact>
    );
  }
  if (hold.state !== 'approved' || hold.validUntil === null) return null;
  return (
    <Fact name={hold.standing ? 'Stands for' : 'Can be used for'}>
      <Left until={hold.validUntil} />
    </Fact>
  );
}

/** As long as all who have to agree may agree to the very same command; undefined: to once alone. */
function standsForMs({ approvers }: ApprovalBody): number | undefined {
  const spans = approvers.map(({ untilMs }) => untilMs);
  return spans.every((ms) => ms !== undefined) ? Math.min(...spans) : undefined;
}
