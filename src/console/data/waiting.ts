import { useApprovals } from './approvals.ts';
import { useMe } from './me.ts';
import { useRequests } from './requests.ts';

/** How many holds and requests wait for somebody's decision that I can see and did not ask for myself. */
export function useWaiting(): number {
  const me = useMe().data;
  const holds = useApprovals('pending').data ?? [];
  const requests = useRequests('pending').data?.requests ?? [];
  if (me === undefined) return 0;
  const isOthers = ({ identity }: { identity: { subject: string; issuer: string } }) =>
    identity.subject !== me.subject || identity.issuer !== me.issuer;
  return holds.filter(isOthers).length + requests.filter(isOthers).length;
}
