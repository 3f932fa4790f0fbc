import { SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useAgents } from '../../data/agents.ts';
import type { AgentKind } from '../../data/agents.ts';
import { useMay } from '../../data/me.ts';
import { Answer } from '../../parts/answer.tsx';
import { Beside } from '../../parts/beside.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { AgentDetail } from './detail.tsx';
import { AgentList } from './list.tsx';
import { keyOf, kindNames } from './search.ts';

const route = getRouteApi('/agents');

/** What has been seen of agents, and shutting them out. */
export function AgentsPage() {
  const { kind = 'agent' } = route.useSearch();
  const go = route.useNavigate();
  const mayRead = useMay('read.agents');
  return (
    <Page
      title="Agents"
      about="Who has come so far, what they do by which rules, and the way to shut them out."
      actions={
        mayRead && (
          <SegmentedControl
            aria-label="which"
            value={kind}
            onChange={(value) => void go({ search: { kind: value }, replace: true })}
            data={Object.entries(kindNames).map(([value, label]) => ({ value: kindOf(value), label }))}
          />
        )
      }
    >
      {mayRead ? <Agents kind={kind} /> : <NotForYou />}
    </Page>
  );
}

function Agents({ kind }: { readonly kind: AgentKind }) {
  const { who, issuer } = route.useSearch();
  const found = useAgents(kind, true);
  return (
    <Answer of={found} lines={6}>
      {(agents) => {
        if (agents.length === 0) return <NoneYet />;
        const chosen = agents.find((one) => one.subject === who && one.issuer === issuer);
        return (
          <Beside
            list={<AgentList agents={agents} kind={kind} />}
            open={chosen && <AgentDetail key={keyOf(chosen)} agent={chosen} kind={kind} />}
          />
        );
      }}
    </Answer>
  );
}

function kindOf(value: string): AgentKind {
  return value === 'human' || value === 'all' ? value : 'agent';
}

function NoneYet() {
  return (
    <Panel>
      <Empty icon="agents" title="No agent has come yet">
        <p>
          Give one a token, and it appears here with its first session:{' '}
          <code>sallyport token issue --subject crew-7 --kind agent --group crews</code>
        </p>
      </Empty>
    </Panel>
  );
}

function NotForYou() {
  return (
    <Panel>
      <Empty icon="agents" title="Rules do not let you see this">
        <p>
          A rule on the target <code>sallyport</code> with <code>allow: [read]</code> does; ask whoever keeps
          sallyport.yaml.
        </p>
      </Empty>
    </Panel>
  );
}
