import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function AgentsPage() {
  return (
    <Page title="Agents" about="What has been seen of agents.">
      <Panel>
        <Empty icon="agents" title="This page is not there yet">
          On the command line: <code>sallyport agents</code>
        </Empty>
      </Panel>
    </Page>
  );
}
