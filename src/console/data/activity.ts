import { queryOptions, useQuery } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import { api } from './client.ts';

/** Sums of the last day; they move slowly, and are asked for less often than what waits. */
const activityQuery = queryOptions({
  queryKey: ['activity'],
  queryFn: () => api.call(routes.activity, { query: { hours: 24 } }),
  refetchInterval: 10_000,
});

/** @param may whether I have the right to; without it nothing is asked */
export function useActivity(may: boolean) {
  return useQuery({ ...activityQuery, enabled: may });
}
