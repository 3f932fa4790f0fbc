import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function PolicyPage() {
  return (
    <Page title="Policy" about="The rules in force, in words.">
      <Panel>
        <Empty icon="policy" title="This page is not there yet">
          On the command line: <code>sallyport explain</code>
        </Empty>
      </Panel>
    </Page>
  );
}
