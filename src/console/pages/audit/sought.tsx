import { Select } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { eventTypes } from '../../../api/contract/event-types.ts';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.tsx';
import { withinNames } from '../../parts/within.ts';
import type { AuditSearch } from './search.ts';

const route = getRouteApi('/audit');

const types = [
  { value: '', label: 'any' },
  ...Object.entries(eventTypes).map(([group, items]) => ({ group, items: [...items] })),
];

/** What events are looked for, kept in the address. */
export function Sought({
  search,
  isNarrowed,
}: {
  readonly search: AuditSearch;
  readonly isNarrowed: boolean;
}) {
  const go = route.useNavigate();
  const put =
    <Name extends keyof AuditSearch>(name: Name) =>
    (value: AuditSearch[Name] | undefined) =>
      void go({ search: { ...search, [name]: value }, replace: true, resetScroll: false });
  return (
    <Filters clear={isNarrowed ? () => void go({ search: {} }) : undefined}>
      <TextFilter
        label="Text of a command"
        placeholder="anywhere in it"
        value={search.text}
        onChange={put('text')}
        isWide
      />
      <Select
        label="Type"
        data={types}
        value={search.type ?? ''}
        searchable
        allowDeselect={false}
        nothingFoundMessage="no such type"
        onChange={(value) => put('type')(value === null || value === '' ? undefined : value)}
      />
      <TextFilter label="Identity" value={search.who} onChange={put('who')} />
      <TextFilter label="Target" value={search.target} onChange={put('target')} />
      <TextFilter label="Rule" value={search.rule} onChange={put('rule')} />
      <ChoiceFilter
        label="Time"
        value={search.within}
        choices={withinNames}
        any="all of it"
        onChange={put('within')}
      />
    </Filters>
  );
}
