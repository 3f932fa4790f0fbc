import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { approvalBody } from '../wire.ts';

export const listApprovals = answering(routes.listApprovals, async (parts, { caller, all, query }) => {
  const { state, after, limit } = query;
  const found = await parts.approvals.list({
    ...(state === undefined ? {} : { status: state }),
    ...(after === undefined ? {} : { after }),
    visibleTo: caller,
    all,
    limit,
  });
  return { approvals: found.map(approvalBody) };
});

export const getApproval = answering(routes.getApproval, async (parts, { caller, all, params }) =>
  approvalBody(await parts.approvals.get(params.id, caller, all)),
);

export const decideApproval = answering(
  routes.decideApproval,
  async (parts, { caller, all, params, body: { decision, because, until } }) => {
    // Who may not see it must not learn from the refusal that it is there.
    const { id } = await parts.approvals.get(params.id, caller, all);
    const state = await parts.approvals.decide({
      approvalId: id,
      by: caller,
      decision,
      ...(because === undefined ? {} : { because }),
      ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    });
    return { state };
  },
);
