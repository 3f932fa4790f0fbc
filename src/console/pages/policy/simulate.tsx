import { Button, Select, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import type { ProblemBody, Simulated } from '../../../api/contract/schemas/policy.ts';
import { usePolicy, useSimulate } from '../../data/policy.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Editor } from './editor.tsx';
import type { EditorHandle } from './editor.tsx';
import { Results } from './results.tsx';
import styles from './policy.module.css';

/** What was written and asked for, so that looking at something else loses nothing. */
let draft: { text: string | undefined; days: string; identity: string; target: string } = {
  text: undefined,
  days: '7',
  identity: '',
  target: '',
};

/** The file, to be edited and tried against what really happened. Nothing of it comes into force. */
export function Simulate() {
  return (
    <Answer of={usePolicy()} lines={10}>
      {({ text }) => <Desk inForce={text} />}
    </Answer>
  );
}

function Desk({ inForce }: { readonly inForce: string }) {
  const [asked, setAsked] = useState(draft);
  const simulated = useSimulate();
  const editor = useRef<EditorHandle>(null);
  const change = (part: Partial<typeof draft>) => {
    draft = { ...draft, ...part };
    setAsked(draft);
  };
  const text = asked.text ?? inForce;
  const run = () => {
    simulated.mutate({
      config: text,
      ...(asked.days === 'all' ? {} : { since: daysAgo(Number(asked.days)) }),
      ...(asked.identity === '' ? {} : { identity: asked.identity }),
      ...(asked.target === '' ? {} : { target: asked.target }),
    });
  };
  const problems = simulated.data?.problems ?? [];
  return (
    <div className={styles['both']}>
      <Panel
        title="Edit the policy"
        actions={
          <Button
            variant="subtle"
            size="compact-sm"
            disabled={text === inForce}
            onClick={() => change({ text: undefined })}
          >
            As it is in force
          </Button>
        }
      >
        <div className={styles['form']}>
          <Editor
            ref={editor}
            text={text}
            change={(changed) => change({ text: changed })}
            submit={run}
            wrong={new Set(problems.map(({ line }) => line))}
          />
          <Problems of={problems} goTo={({ line, column }) => editor.current?.goTo(line, column)} />
          <Scope of={asked} change={change} />
          <div className={styles['buttons']}>
            <Button onClick={run} loading={simulated.isPending}>
              Simulate
            </Button>
            <span className={styles['note']}>Nothing of this is kept or comes into force.</span>
          </div>
        </div>
      </Panel>
      <Panel title="What would change">
        <div aria-live="polite">
          <Outcome error={simulated.error} isPending={simulated.isPending} data={simulated.data} />
        </div>
      </Panel>
    </div>
  );
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

function Outcome(it: {
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly data: Simulated | undefined;
}) {
  if (it.isPending) return <Loading lines={6} />;
  if (it.error !== null) return <Failed error={it.error} />;
  if (it.data?.simulation !== undefined) return <Results of={it.data.simulation} />;
  if (it.data !== undefined) {
    return (
      <Empty icon="warning" title="This file would be refused">
        <p>Mend what is marked in it, and simulate again.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="policy" title="Change a rule and see what it would have done">
      <p>
        Every command of the record is decided again, by the file as you have edited it. Or on the command
        line: <code>sallyport simulate --config new.yaml</code>
      </p>
    </Empty>
  );
}

function Problems(it: {
  readonly of: readonly ProblemBody[];
  readonly goTo: (problem: ProblemBody) => void;
}) {
  if (it.of.length === 0) return null;
  return (
    <ul className={styles['problems']} aria-label="problems">
      {it.of.map((problem) => (
        <li key={`${problem.line} ${problem.column} ${problem.message}`}>
          <button type="button" onClick={() => it.goTo(problem)}>
            line {problem.line}, column {problem.column}
          </button>
          : <Shown>{problem.message}</Shown>
          {problem.hint !== undefined && (
            <>
              {' '}
              (<Shown>{problem.hint}</Shown>)
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

const spans = [
  { value: '1', label: 'the last day' },
  { value: '7', label: 'the last 7 days' },
  { value: '30', label: 'the last 30 days' },
  { value: 'all', label: 'all there is' },
];

function Scope(it: { readonly of: typeof draft; readonly change: (part: Partial<typeof draft>) => void }) {
  const { days, identity, target } = it.of;
  return (
    <div className={styles['fields']}>
      <Select
        label="Commands of"
        value={days}
        onChange={(value) => it.change({ days: value ?? '7' })}
        data={spans}
        allowDeselect={false}
      />
      <TextInput
        label="Identity"
        placeholder="anybody"
        value={identity}
        onChange={(event) => it.change({ identity: event.currentTarget.value })}
        spellCheck={false}
      />
      <TextInput
        label="Target"
        placeholder="any"
        value={target}
        onChange={(event) => it.change({ target: event.currentTarget.value })}
        spellCheck={false}
      />
    </div>
  );
}
