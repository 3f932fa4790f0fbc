import { Link } from '@tanstack/react-router';
import type { AgentBody } from '../../../api/contract/schemas/agents.ts';
import type { AgentKind } from '../../data/agents.ts';
import { ItemFoot, ItemHead, Items, itemClass } from '../../parts/beside.tsx';
import { plural } from '../../parts/plural.ts';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import { keyOf } from './search.ts';
import styles from './agents.module.css';

export function AgentList(it: { readonly agents: readonly AgentBody[]; readonly kind: AgentKind }) {
  return (
    <Items label="identities">
      {it.agents.map((agent) => {
        const { subject, issuer } = agent;
        return (
          <li key={keyOf(agent)}>
            <Link
              to="/agents"
              search={{ kind: it.kind, who: subject, issuer }}
              className={itemClass}
              resetScroll={false}
            >
              <Line agent={agent} />
            </Link>
          </li>
        );
      })}
    </Items>
  );
}

function Line({ agent }: { readonly agent: AgentBody }) {
  return (
    <>
      <ItemHead>
        <Who is={agent} />
        <span className={styles['quiet']}>
          <Time at={agent.lastSeenAt} />
        </span>
      </ItemHead>
      <ItemFoot>
        <AgentState agent={agent} />
        <span className={styles['quiet']}>
          {plural(agent.commands, 'command')}, {plural(agent.refusals, 'refusal')}
        </span>
      </ItemFoot>
    </>
  );
}

export function AgentState({ agent: { disabled, liveSessions } }: { readonly agent: AgentBody }) {
  if (disabled !== null) {
    return (
      <Status tone="deny" icon="cross">
        shut out
      </Status>
    );
  }
  return liveSessions > 0 ? (
    <Status tone="allow" icon="now">
      {liveSessions} live
    </Status>
  ) : (
    <Status tone="quiet" icon="minus">
      not connected
    </Status>
  );
}
