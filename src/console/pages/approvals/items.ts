import type { ApprovalBody, Me } from '../../../api/contract/schemas.ts';
import type { RequestBody } from '../../../api/contract/schemas/requests.ts';

/** What somebody decides on: a command that is held, or a request to wake a dormant rule. */
export type Item =
  | { readonly kind: 'hold'; readonly it: ApprovalBody }
  | { readonly kind: 'request'; readonly it: RequestBody };

/** Ids of requests begin so; holds have none of it. */
const requestPrefix = 'r_';

export function isRequestId(id: string): boolean {
  return id.startsWith(requestPrefix);
}

/** Newest first, whichever they are. */
export function itemsOf(holds: readonly ApprovalBody[], requests: readonly RequestBody[]): Item[] {
  const items: Item[] = [
    ...holds.map((it): Item => ({ kind: 'hold', it })),
    ...requests.map((it): Item => ({ kind: 'request', it })),
  ];
  return items.sort((a, b) => b.it.createdAt.localeCompare(a.it.createdAt));
}

export function isWaiting({ it }: Item): boolean {
  return it.state === 'pending';
}

/** Whether I could decide, as far as a page can tell; the gateway knows better, and says why not. */
export type Standing = 'may' | 'mine' | 'decided' | 'not_named';

type Somebody = Pick<Me, 'subject' | 'issuer' | 'groups'>;

export function standingOf(
  { identity, approvers, decisions }: Pick<ApprovalBody, 'identity' | 'approvers' | 'decisions'>,
  me: Somebody,
): Standing {
  if (isSame(identity, me)) return 'mine';
  if (decisions.some(({ by }) => isSame(by, me))) return 'decided';
  const names = approvers.some(
    ({ groups = [], subjects = [] }) =>
      groups.some((group) => me.groups.includes(group)) || subjects.includes(me.subject),
  );
  return names ? 'may' : 'not_named';
}

/** Who has to agree, in words: `2 of dba`. */
export function wantedOf(approvers: ApprovalBody['approvers']): string {
  return approvers
    .map(({ groups = [], subjects = [], count }) => {
      const people = [...groups, ...subjects].join(' or ');
      return `${count === 1 ? 'one' : String(count)} of ${people}`;
    })
    .join(', and of ');
}

function isSame(a: Pick<Me, 'subject' | 'issuer'>, b: Pick<Me, 'subject' | 'issuer'>): boolean {
  return a.subject === b.subject && a.issuer === b.issuer;
}
