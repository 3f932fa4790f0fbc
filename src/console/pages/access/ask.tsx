import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import type { RequestableBody } from '../../../api/contract/schemas/requests.ts';
import { useOpenRequest } from '../../data/access.ts';
import { Failed } from '../../parts/failed.tsx';
import { span } from '../../parts/span.ts';
import styles from './access.module.css';

const spansMs = [15 * 60_000, 30 * 60_000, 3_600_000, 4 * 3_600_000, 8 * 3_600_000] as const;

/** The form by which one asks for a rule. */
export function Ask({ rule, done }: { readonly rule: RequestableBody; readonly done: () => void }) {
  const open = useOpenRequest();
  const [because, setBecause] = useState('');
  const [forMs, setForMs] = useState(String(rule.forMs));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    open.mutate(
      { target: rule.target, rule: rule.rule, because: because.trim(), forMs: Number(forMs) },
      { onSuccess: done },
    );
  };
  const offered = [...spansMs.filter((ms) => ms < rule.forMs), rule.forMs];
  return (
    <form className={styles['stack']} onSubmit={submit} aria-label={`ask for ${rule.rule}`}>
      {open.error !== null && <Failed error={open.error} />}
      <div className={styles['ask']}>
        <Select
          label="For"
          value={forMs}
          onChange={(value) => setForMs(value ?? String(rule.forMs))}
          data={offered.map((ms) => ({ value: String(ms), label: span(ms) }))}
          allowDeselect={false}
          w={130}
        />
        <TextInput
          label="Because"
          placeholder="whoever decides reads this"
          required
          withAsterisk={false}
          value={because}
          maxLength={2_000}
          autoFocus
          onChange={(event) => setBecause(event.currentTarget.value)}
          className={styles['grows']}
        />
        <Button type="submit" loading={open.isPending}>
          {rule.self ? 'Wake it now' : 'Ask'}
        </Button>
        <Button variant="default" onClick={done}>
          Not now
        </Button>
      </div>
    </form>
  );
}
