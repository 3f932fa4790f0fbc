import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { routes } from '../../api/contract/routes.ts';
import type { Asked } from '../../api/contract/schemas.ts';
import { api } from './client.ts';

/** It changes when somebody changes the file: seldom, and then it may be a moment late. */
const slow = { refetchInterval: 15_000 } as const;

const policyQuery = queryOptions({
  queryKey: ['policy', 'words'],
  queryFn: () => api.call(routes.policy, {}),
  ...slow,
});

const matrixQuery = queryOptions({
  queryKey: ['policy', 'matrix'],
  queryFn: () => api.call(routes.matrix, {}),
  ...slow,
});

const targetsQuery = queryOptions({
  queryKey: ['targets'],
  queryFn: async () => (await api.call(routes.listTargets, {})).targets,
});

/** The configuration in force, its rules in words. */
export function usePolicy(enabled = true) {
  return useQuery({ ...policyQuery, enabled });
}

/** Who can do what. */
export function useMatrix() {
  return useQuery(matrixQuery);
}

/** The targets that are open to me. */
export function useTargets() {
  return useQuery(targetsQuery);
}

export interface Tried {
  readonly target: string;
  readonly text: string;
  readonly as?: Asked;
}

/** What the rules say of a command; it runs nowhere. */
export function useExplain() {
  return useMutation({ mutationFn: (body: Tried) => api.call(routes.explain, { body }) });
}

export interface Asking {
  readonly config: string;
  /** ISO 8601; absent: from the beginning of the record. */
  readonly since?: string;
  readonly identity?: string;
  readonly target?: string;
}

/** What another configuration would have made of the record. */
export function useSimulate() {
  return useMutation({ mutationFn: (body: Asking) => api.call(routes.simulate, { body }) });
}
