import { Tabs } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useMe } from '../../data/me.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Matrix } from './matrix.tsx';
import { Rules } from './rules.tsx';
import { Simulate } from './simulate.tsx';
import { Try } from './try.tsx';
import { viewOf, views } from './views.ts';
import type { ViewName } from './views.ts';
import styles from './policy.module.css';

const content: Readonly<Record<ViewName, () => React.ReactNode>> = {
  rules: Rules,
  who: Matrix,
  try: Try,
  simulate: Simulate,
};

/** What is allowed, to whom, why, and what would be if it were otherwise. */
export function PolicyPage() {
  const { view } = useParams({ strict: false });
  const go = useNavigate();
  const me = useMe().data;
  const current = viewOf(view);
  return (
    <Page title="Policy" about="The rules in force, in words: who may do what, and what would change.">
      <Tabs
        value={current}
        onChange={(chosen) => void go({ to: '/policy/$view', params: { view: viewOf(chosen ?? undefined) } })}
        keepMounted={false}
      >
        <Tabs.List className={styles['tabs'] ?? ''} aria-label="parts of the policy">
          {views.map(({ name, title }) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {views.map(({ name, needs }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            {me === undefined ? (
              <Loading lines={8} />
            ) : needs !== undefined && !me.rights.includes(needs) ? (
              <NotForMe needs={needs} />
            ) : (
              <Content of={name} />
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}

function Content({ of }: { readonly of: ViewName }) {
  const Part = content[of];
  return <Part />;
}

function NotForMe({ needs }: { readonly needs: string }) {
  return (
    <Panel>
      <Empty icon="policy" title="The rules are for those who watch the gateway">
        <p>
          A rule with <code>targets: [sallyport]</code> and <code>allow: [{needs}]</code> shows them to you;
          ask whoever keeps sallyport.yaml. What the rules say of your own commands, you can try here.
        </p>
      </Empty>
    </Panel>
  );
}
