import { Button, Select, TextInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import type { Decision } from '../../data/approvals.ts';
import { span } from '../../parts/span.ts';
import styles from './approvals.module.css';

interface FormParts {
  readonly decide: (decision: Decision) => void;
  readonly cancel: () => void;
}

/** Of a reason; the gateway refuses longer ones. */
const reasonCharsMax = 2_000;

/** Enter agrees, once; everything else is for whoever wants more. */
export function Approve({
  decide,
  cancel,
  standsForMs,
}: FormParts & { readonly standsForMs: number | undefined }) {
  const [because, setBecause] = useState('');
  const [forMs, setForMs] = useState('once');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const until = forMs === 'once' ? {} : { until: timeIn(Number(forMs)) };
    decide({ decision: 'approve', ...reasonOf(because), ...until });
  };
  return (
    <form className={styles['form']} onSubmit={submit} onKeyDown={onEscape(cancel)} aria-label="approve">
      <div className={styles['fields']}>
        {standsForMs !== undefined && (
          <Select
            label="For"
            description="for how long the same may come again"
            value={forMs}
            onChange={(value) => setForMs(value ?? 'once')}
            data={spansUpTo(standsForMs)}
            allowDeselect={false}
          />
        )}
        <TextInput
          label="Because"
          description="for the record; may stay empty"
          value={because}
          maxLength={reasonCharsMax}
          onChange={(event) => setBecause(event.currentTarget.value)}
        />
      </div>
      <div className={styles['buttons']}>
        <Button type="submit" data-autofocus autoFocus>
          {forMs === 'once' ? 'Approve this once' : 'Approve until then'}
        </Button>
        <Button variant="default" onClick={cancel}>
          Not now
        </Button>
      </div>
    </form>
  );
}

export function Deny({ decide, cancel }: FormParts) {
  const [because, setBecause] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    decide({ decision: 'deny', ...reasonOf(because) });
  };
  return (
    <form className={styles['form']} onSubmit={submit} onKeyDown={onEscape(cancel)} aria-label="deny">
      <Textarea
        label="Because"
        description="whoever asked is told; may stay empty"
        value={because}
        maxLength={reasonCharsMax}
        autosize
        minRows={1}
        autoFocus
        onChange={(event) => setBecause(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey) submit(event);
        }}
      />
      <div className={styles['buttons']}>
        <Button type="submit" color="red.9">
          Deny it
        </Button>
        <Button variant="default" onClick={cancel}>
          Not now
        </Button>
      </div>
    </form>
  );
}

/** A browser's clock that goes a little ahead must not ask for longer than the rule lets. */
const clockSlackMs = 10_000;

function timeIn(ms: number): string {
  return new Date(Date.now() + ms - clockSlackMs).toISOString();
}

function reasonOf(because: string) {
  return because.trim() === '' ? {} : { because: because.trim() };
}

function onEscape(cancel: () => void) {
  return (event: { readonly key: string }) => {
    if (event.key === 'Escape') cancel();
  };
}

const spansMs = [15 * 60_000, 3_600_000, 4 * 3_600_000, 24 * 3_600_000] as const;

function spansUpTo(maxMs: number): { value: string; label: string }[] {
  const offered = [...spansMs.filter((ms) => ms < maxMs), maxMs];
  return [
    { value: 'once', label: 'this once' },
    ...offered.map((ms) => ({ value: String(ms), label: `the very same, for ${span(ms)}` })),
  ];
}
