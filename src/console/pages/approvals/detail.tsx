import { Link } from '@tanstack/react-router';
import { useApproval } from '../../data/approvals.ts';
import { useRequest } from '../../data/requests.ts';
import { Answer } from '../../parts/answer.tsx';
import { backClass } from '../../parts/beside.tsx';
import { Icon } from '../../parts/icon.tsx';
import { HoldDetail } from './hold.tsx';
import { isRequestId } from './items.ts';
import { RequestDetail } from './request.tsx';

/** All that somebody has to know who decides on it, and the decision. */
export function Detail({ id }: { readonly id: string }) {
  return (
    <article aria-label="details">
      <Link to="/approvals" className={backClass}>
        <Icon name="back" size={16} /> All approvals
      </Link>
      {isRequestId(id) ? <OneRequest id={id} /> : <OneHold id={id} />}
    </article>
  );
}

function OneHold({ id }: { readonly id: string }) {
  return <Answer of={useApproval(id)}>{(hold) => <HoldDetail hold={hold} />}</Answer>;
}

function OneRequest({ id }: { readonly id: string }) {
  return <Answer of={useRequest(id)}>{(request) => <RequestDetail request={request} />}</Answer>;
}
