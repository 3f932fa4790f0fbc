import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { AgentBody } from '../../api/contract/schemas/agents.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

export type AgentKind = 'agent' | 'human' | 'all';

const agentsMax = 500;

/** What has been seen of agents (or people), those seen last first. */
export function useAgents(kind: AgentKind, isOn: boolean) {
  return useQuery({
    queryKey: ['agents', kind],
    queryFn: async () => (await api.call(routes.listAgents, { query: { kind, limit: agentsMax } })).agents,
    enabled: isOn,
    placeholderData: (before) => before,
    ...live,
  });
}

type Named = Pick<AgentBody, 'subject' | 'issuer'>;

/** Shuts out one identity of one issuer: its sessions end, and it gets no new ones. */
export function useShutOut({ subject, issuer }: Named) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (because: string | undefined) =>
      api.call(routes.revoke, {
        body: { subject, issuer, ...(because === undefined ? {} : { because }) },
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

/** @param issuer as it was named when it was shut out; null: whichever */
export function useLetIn(subject: string, issuer: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      api.call(routes.restore, { params: { subject }, query: issuer === null ? {} : { issuer } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}
