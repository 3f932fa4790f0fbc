import { queryOptions, useQuery } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

/** Sessions that are open now, newest first: mine, or with the right everybody's. */
const liveSessionsQuery = queryOptions({
  queryKey: ['sessions', 'live'],
  queryFn: async () =>
    (await api.call(routes.listSessions, { query: { state: 'live', limit: 100 } })).sessions,
  ...live,
});

export function useLiveSessions() {
  return useQuery(liveSessionsQuery);
}
