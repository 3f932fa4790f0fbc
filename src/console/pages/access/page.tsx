import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function AccessPage() {
  return (
    <Page title="Access" about="How to reach targets, and what you may ask for.">
      <Panel>
        <Empty icon="access" title="This page is not there yet">
          On the command line: <code>sallyport requests</code>
        </Empty>
      </Panel>
    </Page>
  );
}
