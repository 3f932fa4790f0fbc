import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { routes } from '../../api/contract/routes.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

const targetsQuery = queryOptions({
  queryKey: ['targets'],
  queryFn: () => api.call(routes.listTargets, {}),
  refetchInterval: 10_000,
});

/** The targets that are open to me, and how they are reached. */
export function useTargets() {
  return useQuery(targetsQuery);
}

const ticketsQuery = queryOptions({
  queryKey: ['tickets'],
  queryFn: async () => (await api.call(routes.listTickets, {})).tickets,
  ...live,
});

/** Live tickets that I am in. */
export function useTickets() {
  return useQuery(ticketsQuery);
}

export function useIssueTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof routes.issueTicket.body>) => api.call(routes.issueTicket, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tickets'] }),
    // The secret is on the page that asked, and nowhere else.
    gcTime: 0,
  });
}

export function useEndTicket() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.call(routes.endTicket, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['tickets'] }),
  });
}

export function useOpenRequest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: z.input<typeof routes.openRequest.body>) => api.call(routes.openRequest, { body }),
    onSettled: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
}

export function useEndRequest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.call(routes.endRequest, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['requests'] }),
  });
}
