import { Empty } from '../../parts/empty.tsx';
import { Page, Panel } from '../../parts/page.tsx';

export function AuditPage() {
  return (
    <Page title="Audit" about="Every event, and whether the record is whole.">
      <Panel>
        <Empty icon="audit" title="This page is not there yet">
          On the command line: <code>sallyport search</code>
        </Empty>
      </Panel>
    </Page>
  );
}
