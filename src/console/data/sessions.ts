import { queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { routes } from '../../api/contract/routes.ts';
import type { SessionBody } from '../../api/contract/schemas.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

type Query = z.input<typeof routes.listSessions.query>;

/** What is looked for; `withinMs`: of the time up to now. */
export interface SessionFilter extends Pick<Query, 'subject' | 'target' | 'rule' | 'verdict' | 'text'> {
  readonly withinMs?: number;
}

const pageSize = 50;
const liveMax = 200;

/** Those that are open now, newest first. */
export function useLiveSessions(filter: SessionFilter) {
  return useQuery({
    queryKey: ['sessions', 'live', filter],
    queryFn: () => listed(filter, { state: 'live', limit: liveMax }),
    placeholderData: (before) => before,
    ...live,
  });
}

/** Those that have ended, page by page. With one page on the screen it stays up to date. */
export function useEndedSessions(filter: SessionFilter) {
  return useInfiniteQuery({
    queryKey: ['sessions', 'ended', filter],
    queryFn: ({ pageParam }) =>
      listed(filter, { state: 'ended', limit: pageSize, ...(pageParam === '' ? {} : { after: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
    placeholderData: (before) => before,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : live.refetchInterval),
  });
}

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ['sessions', 'one', id],
    queryFn: () => api.call(routes.getSession, { params: { id } }),
    // What has ended does not change any more.
    refetchInterval: ({ state }) => ((state.data?.closedAt ?? null) === null ? live.refetchInterval : false),
  });

export function useSession(id: string) {
  return useQuery(sessionQuery(id));
}

export function useKill(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.call(routes.killSession, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  });
}

async function listed(
  { withinMs, ...filter }: SessionFilter,
  more: Pick<Query, 'state' | 'limit' | 'after'>,
): Promise<readonly SessionBody[]> {
  const since = withinMs === undefined ? {} : { since: new Date(Date.now() - withinMs).toISOString() };
  return (await api.call(routes.listSessions, { query: { ...filter, ...since, ...more } })).sessions;
}
