import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { RequestStateName } from '../../api/contract/schemas/requests.ts';
import { listedMax } from './approvals.ts';
import type { Decision } from './approvals.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

/** Requests for dormant rules, newest first, and what I may ask for. */
const requestsQuery = (state?: RequestStateName) =>
  queryOptions({
    queryKey: ['requests', 'list', state ?? 'all'],
    queryFn: () =>
      api.call(routes.listRequests, {
        query: { limit: listedMax, ...(state === undefined ? {} : { state }) },
      }),
    ...live,
  });

export const requestQuery = (id: string) =>
  queryOptions({
    queryKey: ['requests', 'one', id],
    queryFn: () => api.call(routes.getRequest, { params: { id } }),
    ...live,
  });

/** @param enabled absent: yes; no: nothing is asked */
export function useRequests(state?: RequestStateName, enabled = true) {
  return useQuery({ ...requestsQuery(state), enabled });
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
