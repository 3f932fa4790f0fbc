import { Page } from '../../parts/page.tsx';
import { Budgets } from './budgets.tsx';
import { Requests } from './requests.tsx';
import { Targets } from './targets.tsx';
import { Tickets } from './tickets.tsx';

/** How I get in, and how I get further. */
export function AccessPage() {
  return (
    <Page title="Access" about="How to reach what is open to you, and how to ask for what is not.">
      <Targets />
      <Requests />
      <Tickets />
      <Budgets />
    </Page>
  );
}
