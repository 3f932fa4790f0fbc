import type { IconName } from '../parts/icon-paths.ts';

/** The pages, in the order of the navigation; `g` and the key lead there. */
export const places = [
  { to: '/', name: 'Now', icon: 'now', key: 'n' },
  { to: '/approvals', name: 'Approvals', icon: 'approvals', key: 'a' },
  { to: '/sessions', name: 'Sessions', icon: 'sessions', key: 's' },
  { to: '/access', name: 'Access', icon: 'access', key: 'c' },
  { to: '/policy', name: 'Policy', icon: 'policy', key: 'p' },
  { to: '/audit', name: 'Audit', icon: 'audit', key: 'u' },
  { to: '/agents', name: 'Agents', icon: 'agents', key: 'e' },
] as const satisfies readonly { to: string; name: string; icon: IconName; key: string }[];

export type Place = (typeof places)[number];
