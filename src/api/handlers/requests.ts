import { SallyportError } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { ApiParts } from '../parts.ts';
import { requestBody } from '../wire.ts';

export const listRequests = answering(routes.listRequests, async (parts, { caller, all, query }) => {
  const { state, after, limit } = query;
  const found = await parts.requests.list({
    ...(state === undefined ? {} : { state }),
    ...(after === undefined ? {} : { after }),
    ...(all ? {} : { visibleTo: caller }),
    limit,
  });
  const targets = [...parts.targets().values(), parts.gatewayTarget];
  return {
    requests: found.map(requestBody),
    requestable: targets.flatMap((target) => parts.requests.requestable(caller, target)),
  };
});

export const openRequest = answering(routes.openRequest, async (parts, { caller, body }) => {
  const { target, rule, forMs, because } = body;
  const asked = { by: caller, target: targetOf(parts, target), rule, because };
  return requestBody(await parts.requests.open({ ...asked, ...(forMs === undefined ? {} : { forMs }) }));
});

export const getRequest = answering(routes.getRequest, async (parts, { caller, all, params }) =>
  requestBody(await parts.requests.get(params.id, all ? undefined : caller)),
);

export const decideRequest = answering(
  routes.decideRequest,
  async (parts, { caller, all, params, body: { decision, because } }) => {
    // Who may not see it must not learn from the refusal that it is there.
    const { id } = await parts.requests.get(params.id, all ? undefined : caller);
    const why = because === undefined ? {} : { because };
    return { state: await parts.requests.decide({ id, by: caller, decision, ...why }) };
  },
);

export const endRequest = answering(routes.endRequest, async (parts, { caller, all, params: { id } }) => ({
  state: await parts.requests.end({ id, by: caller, any: all }),
}));

/** @throws SallyportError `not_found`, in the same words for a target that is there and one that is not */
function targetOf(parts: ApiParts, name: string): Target {
  const { gatewayTarget } = parts;
  const found = name === gatewayTarget.name ? gatewayTarget : parts.targets().get(name);
  if (found !== undefined) return found;
  throw new SallyportError('not_found', `Sallyport: there is nothing to ask for on ${name}`, {
    hint: 'GET /api/v1/requests says what may be asked for.',
  });
}
