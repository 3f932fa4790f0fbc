import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function NowPage() {
  return (
    <Page title="Now" about="What happens on this gateway.">
      <Panel>
        <Empty icon="now" title="This page is not there yet">
          On the command line: <code>sallyport sessions</code>
        </Empty>
      </Panel>
    </Page>
  );
}
