import { SallyportError } from '../../core/errors.ts';
import { release } from '../../core/release.ts';
import { isObject } from '../../wire/mcp/exact-json.ts';
import {
  idKey,
  messageText,
  type Message,
  type Notification,
  type Request,
  type Response,
} from '../../wire/mcp/json-rpc.ts';
import { lookOf, type Answering } from './answering.ts';
import { requestOfServer } from './command.ts';
import { mayEver } from './lists.ts';
import { errorOf } from './refusal.ts';
import { seenPlain, withoutEchoes } from './seen.ts';

/** Open questions of a server's; more are refused. */
const askedMax = 100;

/** What a server says beside its answer: passed on as far as the rules go, and looked into. */
export async function fromServer(
  answering: Answering,
  message: Exclude<Message, Response>,
  eventId: string | undefined,
): Promise<void> {
  if (message.kind === 'request') return askedByServer(answering, message, eventId);
  const shown = shownNotification(answering, message);
  if (shown !== undefined) await answering.at.reply.event(clean(answering, shown), { id: eventId });
}

/** Undefined for what does not go on. */
function shownNotification(answering: Answering, message: Notification): Notification | undefined {
  const { at, remembered } = answering;
  const { method, params } = message;
  // Where places are hidden, nobody knows what such texts may say.
  const mayTell = remembered.plan.hidden.size === 0;
  switch (method) {
    case 'notifications/tools/list_changed':
      at.conversation.catalog.changed();
      return message;
    case 'notifications/progress': {
      const { message: said, ...rest } = params;
      return mayTell && said !== undefined ? message : { ...message, params: rest };
    }
    case 'notifications/message':
      return mayTell ? message : undefined;
    case 'notifications/resources/updated': {
      const resource = `resource:${String(params['uri'])}`;
      return mayEver(at, { kind: 'read', action: 'resources/read', resource }) ? message : undefined;
    }
    case 'notifications/cancelled':
    case 'notifications/prompts/list_changed':
    case 'notifications/resources/list_changed':
    case 'notifications/subscriptions/acknowledged':
    case 'notifications/elicitation/complete':
      return message;
    default:
      return undefined;
  }
}

async function askedByServer(
  answering: Answering,
  request: Request,
  eventId: string | undefined,
): Promise<void> {
  const { at } = answering;
  const { parts, it, conversation, reply, gone } = at;
  const ruling = await parts.governor.govern(
    it.session,
    requestOfServer(request.method, request.params),
    () => ({
      held: () => void reply.stream(),
      signal: gone,
    }),
  );
  const refusal = ruling instanceof SallyportError ? ruling : unheard(answering);
  if (refusal !== undefined || ruling instanceof SallyportError) {
    const error = errorOf(refusal ?? new SallyportError('denied', 'Sallyport: this may not be asked'));
    return answerServer(answering, { kind: 'response', id: request.id, outcome: { error } });
  }
  await release(parts.journal, ruling);
  conversation.asked.set(idKey(request.id), ruling.command);
  await reply.event(clean(answering, request), { id: eventId });
}

/**
 * Whether the client may be asked what a result asks it (2026-07-28, "Multi Round-Trip Requests"); each question is
 * decided on as if it came by itself.
 * @throws SallyportError
 */
export async function mayAsk(answering: Answering, { outcome }: Response): Promise<void> {
  const { at, remembered } = answering;
  const result = 'result' in outcome && isObject(outcome.result) ? outcome.result : {};
  const { resultType = 'complete', inputRequests = {}, requestState } = result;
  if (resultType === 'complete') return;
  const mayBe = ['tools/call', 'prompts/get', 'resources/read'].includes(remembered.method);
  if (resultType !== 'input_required' || !mayBe || !isObject(inputRequests)) {
    throw new SallyportError(
      'upstream_protocol',
      'Sallyport: the server answers in a way that is not known here',
    );
  }
  if (requestState !== undefined && lookOf(answering).mask.wantsJson) {
    throw new SallyportError(
      'undisclosable',
      'Sallyport: the server asks for more, with a state that cannot be looked into for what is hidden from you',
    );
  }
  for (const asked of Object.values(inputRequests)) {
    const { method, params = {} } = isObject(asked) ? asked : {};
    if (typeof method !== 'string' || !isObject(params))
      throw new SallyportError('upstream_protocol', 'Sallyport: the server asks nothing that can be read');
    const ruling = await at.parts.governor.govern(at.it.session, requestOfServer(method, params), () => ({
      held: () => void at.reply.stream(),
      signal: at.gone,
    }));
    if (ruling instanceof SallyportError) throw ruling;
    await release(at.parts.journal, ruling);
  }
}

/** Why a client cannot be asked anything. */
function unheard({ at: { conversation, reply } }: Answering): SallyportError | undefined {
  if (reply.stream() && conversation.asked.size < askedMax) return undefined;
  return new SallyportError('closed', 'Sallyport: the client takes no questions');
}

/** In place of the client. What it has to say comes from the gateway alone, so nothing is decided on. */
async function answerServer(
  { at: { conversation, fields, gone } }: Answering,
  message: Response,
): Promise<void> {
  const { messages } = await conversation.link.send(message, { fields, signal: gone });
  for await (const _ of messages);
}

function clean(answering: Answering, message: Notification | Request): string {
  const look = lookOf(answering);
  const { _meta: meta, ...rest } = message.params;
  const params = { ...seenPlain(rest, look), ...(isObject(meta) ? { _meta: meta } : {}) };
  const { progressToken } = message.params;
  const kept = progressToken === undefined ? params : { ...params, progressToken };
  return withoutEchoes(messageText({ ...message, params: kept }), look.echo);
}
