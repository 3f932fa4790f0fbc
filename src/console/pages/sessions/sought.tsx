import { getRouteApi } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import type { SessionBody } from '../../../api/contract/schemas.ts';
import { ChoiceFilter, Filters, TextFilter } from '../../parts/filters.tsx';
import { withinNames } from '../../parts/within.ts';
import { verdictNames } from './filter.ts';
import type { SessionSearch } from './filter.ts';

const route = getRouteApi('/sessions');

/** What sessions are looked for, kept in the address. */
export function Sought(it: { readonly search: SessionSearch; readonly isNarrowed: boolean }) {
  const { search } = it;
  const go = route.useNavigate();
  const known = useKnown();
  const put =
    <Name extends keyof SessionSearch>(name: Name) =>
    (value: SessionSearch[Name] | undefined) =>
      void go({ search: { ...search, [name]: value }, replace: true, resetScroll: false });
  return (
    <Filters clear={it.isNarrowed ? () => void go({ search: {} }) : undefined}>
      <TextFilter
        label="Text of a command"
        placeholder="anywhere in it"
        value={search.text}
        onChange={put('text')}
        isWide
      />
      <TextFilter label="Identity" value={search.who} onChange={put('who')} known={known.subjects} />
      <TextFilter label="Target" value={search.target} onChange={put('target')} known={known.targets} />
      <TextFilter label="Rule" value={search.rule} onChange={put('rule')} />
      <ChoiceFilter
        label="Verdict"
        value={search.verdict}
        choices={verdictNames}
        any="any"
        onChange={put('verdict')}
      />
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

/** Names that this page has seen so far, to choose from. */
function useKnown(): { readonly subjects: readonly string[]; readonly targets: readonly string[] } {
  const seen = useQueryClient()
    .getQueriesData<readonly SessionBody[]>({ queryKey: ['sessions', 'live'] })
    .flatMap(([, sessions]) => sessions ?? []);
  return {
    subjects: [...new Set(seen.map(({ identity }) => identity.subject))],
    targets: [...new Set(seen.map(({ target }) => target))],
  };
}
