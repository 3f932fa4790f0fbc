import { Autocomplete, Button, SegmentedControl, Select, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { useMay, useMe } from '../../data/me.ts';
import { useExplain, usePolicy, useTargets } from '../../data/policy.ts';
import type { Tried } from '../../data/policy.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Panel } from '../../parts/page.tsx';
import { Explained } from './explained.tsx';
import styles from './policy.module.css';

/** What the rules say of a command, for oneself or somebody supposed; it runs nowhere. */
export function Try() {
  const tried = useExplain();
  return (
    <div className={styles['both']}>
      <Panel title="A command">
        <Answer of={useTargets()}>
          {(targets) => (
            <Form
              targets={targets.map(({ name }) => name)}
              isBusy={tried.isPending}
              tryIt={(body) => tried.mutate(body)}
            />
          )}
        </Answer>
      </Panel>
      <Panel title="What the rules say">
        <div aria-live="polite">
          {tried.error !== null ? (
            <Failed error={tried.error} />
          ) : tried.data !== undefined ? (
            <Explained is={tried.data} />
          ) : tried.isPending ? (
            <Loading lines={6} />
          ) : (
            <Empty icon="policy" title="Nothing was tried yet">
              <p>
                Write a command as its client would send it. It is understood and decided, and runs nowhere.
              </p>
            </Empty>
          )}
        </div>
      </Panel>
    </div>
  );
}

function Form(it: {
  readonly targets: readonly string[];
  readonly isBusy: boolean;
  readonly tryIt: (body: Tried) => void;
}) {
  const [target, setTarget] = useState(it.targets[0] ?? '');
  const [text, setText] = useState('');
  const [who, setWho] = useState('me');
  const [somebody, setSomebody] = useState<Somebody>({ subject: 'crew-7', kind: 'agent', groups: '' });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    it.tryIt({ target, text, ...(who === 'me' ? {} : { as: askedOf(somebody) }) });
  };
  return (
    <form className={styles['form']} onSubmit={submit} aria-label="try a command">
      <Target targets={it.targets} target={target} choose={setTarget} />
      <Textarea
        label="Command"
        description="SQL, or for an API a method and a path: DELETE /v1/customers/7"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
        }}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        classNames={{ input: styles['code'] ?? '' }}
        required
      />
      <As who={who} setWho={setWho} somebody={somebody} setSomebody={setSomebody} />
      <div>
        <Button type="submit" loading={it.isBusy}>
          Ask the rules
        </Button>
      </div>
    </form>
  );
}

/** Whoever may read everything may ask about targets that are closed to themselves: these are typed. */
function Target(it: {
  readonly targets: readonly string[];
  readonly target: string;
  readonly choose: (target: string) => void;
}) {
  const mayAskOthers = useMay('read.explain');
  const all = usePolicy(useMay('read.policy')).data?.targets.map(({ name }) => name) ?? [];
  if (mayAskOthers || it.targets.length === 0) {
    return (
      <Autocomplete
        label="Target"
        value={it.target}
        onChange={it.choose}
        data={[...new Set([...it.targets, ...all])]}
        spellCheck={false}
        required
      />
    );
  }
  return (
    <Select
      label="Target"
      value={it.target}
      onChange={(value) => it.choose(value ?? '')}
      data={it.targets}
      allowDeselect={false}
    />
  );
}

interface Somebody {
  readonly subject: string;
  readonly kind: 'agent' | 'human';
  /** As they are typed, with commas between them. */
  readonly groups: string;
}

function askedOf({ groups, ...somebody }: Somebody): NonNullable<Tried['as']> {
  const names = groups.split(',').map((name) => name.trim());
  return { ...somebody, groups: names.filter((name) => name !== '') };
}

function As(it: {
  readonly who: string;
  readonly setWho: (who: string) => void;
  readonly somebody: Somebody;
  readonly setSomebody: (somebody: Somebody) => void;
}) {
  const me = useMe().data;
  const mayAskOthers = useMay('read.explain');
  if (!mayAskOthers) return null;
  const { somebody, setSomebody } = it;
  return (
    <>
      <SegmentedControl
        aria-label="for whom"
        value={it.who}
        onChange={it.setWho}
        data={[
          { value: 'me', label: `For me, ${me?.subject ?? ''}` },
          { value: 'somebody', label: 'For somebody else' },
        ]}
      />
      {it.who !== 'me' && (
        <div className={styles['fields']}>
          <TextInput
            label="Subject"
            value={somebody.subject}
            onChange={(event) => setSomebody({ ...somebody, subject: event.currentTarget.value })}
            spellCheck={false}
            required
          />
          <Select
            label="Kind"
            value={somebody.kind}
            onChange={(kind) => setSomebody({ ...somebody, kind: kind === 'human' ? 'human' : 'agent' })}
            data={['agent', 'human']}
            allowDeselect={false}
          />
          <TextInput
            label="Groups"
            placeholder="crews, dba"
            value={somebody.groups}
            onChange={(event) => setSomebody({ ...somebody, groups: event.currentTarget.value })}
            spellCheck={false}
          />
        </div>
      )}
    </>
  );
}
