import { Autocomplete, Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import styles from './filters.module.css';

/** How long somebody has stopped typing before it is looked for. */
const typedMs = 300;

/** What one looks for, above a list; on a phone all but what is wide waits to be asked for. @param clear absent: nothing is narrowed down */
export function Filters(it: { readonly children: ReactNode; readonly clear: (() => void) | undefined }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <search className={styles['filters']} data-open={isOpen}>
      {it.children}
      <Button
        variant="default"
        className={styles['more'] ?? ''}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? 'Fewer filters' : 'More filters'}
      </Button>
      {it.clear !== undefined && (
        <Button variant="subtle" onClick={it.clear} className={styles['clear'] ?? ''}>
          Show all
        </Button>
      )}
    </search>
  );
}

/** A text that is looked for once one has stopped typing. */
export function TextFilter(it: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly placeholder?: string;
  /** What can be chosen instead of typed. */
  readonly known?: readonly string[];
  readonly isWide?: boolean;
}) {
  const { value = '', onChange, isWide = false } = it;
  const [typed, type] = useState(value);
  const told = useRef(value);
  const tell = useDebouncedCallback(onChange, typedMs);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    type(value);
  }, [value]);
  const input = {
    label: it.label,
    placeholder: it.placeholder ?? '',
    value: typed,
    maxLength: 500,
    spellCheck: false,
    autoCapitalize: 'off',
    className: isWide ? (styles['wide'] ?? '') : '',
  };
  const change = (now: string) => {
    type(now);
    told.current = now.trim();
    tell(now.trim() === '' ? undefined : now.trim());
  };
  return it.known === undefined ? (
    <TextInput {...input} onChange={(event) => change(event.currentTarget.value)} />
  ) : (
    <Autocomplete {...input} data={[...it.known]} onChange={change} />
  );
}

export function ChoiceFilter<T extends string>(it: {
  readonly label: string;
  readonly value: T | undefined;
  readonly choices: Readonly<Record<T, string>>;
  readonly any: string;
  readonly onChange: (value: T | undefined) => void;
}) {
  const choices = Object.entries<string>(it.choices).map(([value, label]) => ({ value, label }));
  return (
    <Select
      label={it.label}
      value={it.value ?? ''}
      data={[{ value: '', label: it.any }, ...choices]}
      allowDeselect={false}
      onChange={(value) => it.onChange(isChoice(it.choices, value) ? value : undefined)}
    />
  );
}

function isChoice<T extends string>(choices: Readonly<Record<T, string>>, value: string | null): value is T {
  return value !== null && Object.hasOwn(choices, value);
}
