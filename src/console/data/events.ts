import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { routes } from '../../api/contract/routes.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

type Query = z.input<typeof routes.searchEvents.query>;

/** What is looked for; `withinMs`: of the time up to now. */
export interface EventFilter extends Pick<Query, 'subject' | 'target' | 'rule' | 'type' | 'text'> {
  readonly withinMs?: number;
}

const pageSize = 100;

/** Events that fit, newest first, page by page. With one page on the screen it stays up to date. */
export function useEvents(filter: EventFilter) {
  return useInfiniteQuery({
    queryKey: ['events', filter],
    queryFn: ({ pageParam }) => searched(filter, pageParam === 0 ? {} : { after: pageParam }),
    initialPageParam: 0,
    getNextPageParam: ({ events }) => (events.length < pageSize ? undefined : events.at(-1)?.seq),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : live.refetchInterval),
  });
}

function searched({ withinMs, ...filter }: EventFilter, more: Pick<Query, 'after'>) {
  const since = withinMs === undefined ? {} : { since: new Date(Date.now() - withinMs).toISOString() };
  return api.call(routes.searchEvents, { query: { ...filter, ...since, ...more, limit: pageSize } });
}

const verificationKey = ['verification'];

/** Whether the chain is as it was written, as far as that is known. */
export function useVerification(isOn: boolean) {
  return useQuery({
    queryKey: verificationKey,
    queryFn: () => api.call(routes.verification, {}),
    enabled: isOn,
    ...live,
  });
}

export function useVerify() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.call(routes.verify, {}),
    onSuccess: (state) => client.setQueryData(verificationKey, state),
  });
}
