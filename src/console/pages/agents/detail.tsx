import { Link } from '@tanstack/react-router';
import type { AgentBody } from '../../../api/contract/schemas/agents.ts';
import type { AgentKind } from '../../data/agents.ts';
import { backClass } from '../../parts/beside.tsx';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import { Access } from './access.tsx';
import { AgentState } from './list.tsx';
import styles from './agents.module.css';

/** All that was seen of one of them, and what one can do about it. */
export function AgentDetail({ agent, kind }: { readonly agent: AgentBody; readonly kind: AgentKind }) {
  return (
    <article aria-label="details">
      <Link to="/agents" search={{ kind }} className={backClass}>
        <Icon name="back" size={16} /> All of them
      </Link>
      <Panel>
        <div className={styles['head']}>
          <h2>
            <Who is={agent} />
          </h2>
          <AgentState agent={agent} />
        </div>
        <Facts>
          <Fact name="Issuer">
            <Shown>{agent.issuer}</Shown>
          </Fact>
          <Fact name="Groups">
            <Shown>{agent.groups.length === 0 ? 'none' : agent.groups.join(', ')}</Shown>
          </Fact>
          <Fact name="Seen">
            <Time at={agent.lastSeenAt} />, first <Time at={agent.firstSeenAt} />
          </Fact>
          <Fact name="Sessions">
            {agent.sessions.toLocaleString()}, of which live {agent.liveSessions.toLocaleString()}.{' '}
            <Link to="/sessions" search={{ who: agent.subject }}>
              Show them
            </Link>
          </Fact>
          <Fact name="Live tickets">{agent.liveTickets.toLocaleString()}</Fact>
        </Facts>
        <Uses title="Targets" of={agent.targets} />
        <Uses title="Rules that took part" of={agent.rules} />
        <Access agent={agent} />
      </Panel>
    </article>
  );
}

function Uses({ title, of }: { readonly title: string; readonly of: AgentBody['targets'] }) {
  if (of.length === 0) return null;
  return (
    <div className={styles['uses']}>
      <table>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">Commands</th>
            <th scope="col">Refusals</th>
            <th scope="col">Last used</th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ name, commands, refusals, lastUsedAt }) => (
            <tr key={name}>
              <th scope="row">
                <Shown>{name}</Shown>
              </th>
              <td>{commands.toLocaleString()}</td>
              <td>{refusals.toLocaleString()}</td>
              <td>
                <Time at={lastUsedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
