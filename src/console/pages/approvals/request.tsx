import type { RequestBody } from '../../../api/contract/schemas/requests.ts';
import { useDecideRequest } from '../../data/requests.ts';
import { Fact, Facts, Words } from '../../parts/facts.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { span } from '../../parts/span.ts';
import { State } from '../../parts/status.tsx';
import { Left, Time } from '../../parts/time.tsx';
import { Warnings } from '../../parts/warnings.tsx';
import { Who } from '../../parts/who.tsx';
import { Decide } from './decide.tsx';
import { Decisions } from './decisions.tsx';
import { Said } from '../../parts/said.tsx';
import styles from './approvals.module.css';

/** A request that a dormant rule may wake for a while. */
export function RequestDetail({ request }: { readonly request: RequestBody }) {
  const decide = useDecideRequest(request.id);
  return (
    <Panel>
      <div className={styles['head']}>
        <h2>
          <Who is={request.identity} /> asks for <Shown>{request.rule}</Shown>
        </h2>
        <State of={request.state} />
      </div>
      <Warnings>{request.warnings}</Warnings>
      <blockquote className={styles['because']}>
        <Shown>{request.because === '' ? 'no reason given' : request.because}</Shown>
      </blockquote>
      <Facts>
        <Fact name="Target">
          <Shown>{request.target}</Shown>
        </Fact>
        <Fact name="It would let">
          <Words>{request.lets}</Words>
        </Fact>
        <Fact name="For">{span(request.forMs)}</Fact>
        <Said by={request.identity} />
        <Fact name="Asked">
          <Time at={request.createdAt} />
        </Fact>
        {request.state === 'pending' && (
          <Fact name="To be decided within">
            <Left until={request.pendingUntil} />
          </Fact>
        )}
        {request.state === 'granted' && request.until !== null && (
          <Fact name="Awake for">
            <Left until={request.until} />
          </Fact>
        )}
        {request.self && <Fact name="Agreed by">nobody else: this rule may be woken alone</Fact>}
      </Facts>
      <Decisions of={request} />
      <Decide item={request} act={decide} standsForMs={undefined} />
    </Panel>
  );
}
