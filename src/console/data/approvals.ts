import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { ApprovalBody, ApprovalState } from '../../api/contract/schemas.ts';
import { api } from './client.ts';
import { live } from './queries.ts';

/** So many of a list are asked for. */
export const listedMax = 200;

/** Commands that are held, or were: newest first. */
const approvalsQuery = (state?: ApprovalState) =>
  queryOptions({
    queryKey: ['approvals', 'list', state ?? 'all'],
    queryFn: async () => {
      const query = { limit: listedMax, ...(state === undefined ? {} : { state }) };
      return (await api.call(routes.listApprovals, { query })).approvals;
    },
    ...live,
  });

/** One of them in full. */
export const approvalQuery = (id: string) =>
  queryOptions({
    queryKey: ['approvals', 'one', id],
    queryFn: () => api.call(routes.getApproval, { params: { id } }),
    ...live,
  });

/** @param enabled absent: yes; no: nothing is asked */
export function useApprovals(state?: ApprovalState, enabled = true) {
  return useQuery({ ...approvalsQuery(state), enabled });
}

export function useApproval(id: string) {
  return useQuery(approvalQuery(id));
}

export interface Decision {
  readonly decision: 'approve' | 'deny';
  readonly because?: string;
  /** ISO 8601; absent: for this once. */
  readonly until?: string;
}

export function useDecideApproval({ id }: Pick<ApprovalBody, 'id'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: Decision) => api.call(routes.decideApproval, { params: { id }, body: decision }),
    onSettled: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
}
