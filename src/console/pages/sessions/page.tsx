import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function SessionsPage() {
  return (
    <Page title="Sessions" about="Who was on what, and what they did.">
      <Panel>
        <Empty icon="sessions" title="This page is not there yet">
          On the command line: <code>sallyport sessions</code>
        </Empty>
      </Panel>
    </Page>
  );
}
