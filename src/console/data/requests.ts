import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { Decision } from './approvals.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

/** Requests for dormant rules, newest first, and what I may ask for. */
export const requestsQuery = queryOptions({
  queryKey: ['requests', 'list'],
  queryFn: () => api.call(routes.listRequests, {}),
  ...live,
});

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ['requests', 'one', id],
    queryFn: () => api.call(routes.getRequest, { params: { id } }),
    ...live,
  });

export function useRequests() {
  return useQuery(requestsQuery);
}

export function useRequest(id: string) {
  return useQuery(requestQuery(id));
}

export function useDecideRequest(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ decision, because }: Decision) =>
      api.call(routes.decideRequest, {
        params: { id },
        body: { decision, ...(because === undefined ? {} : { because }) },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
}
