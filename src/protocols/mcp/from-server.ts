import { SallyportError } from '../../core/errors.ts';
import { release } from '../../core/release.ts';
import { isObject, parseExact, without } from '../../wire/mcp/exact-json.ts';
import {
  idKey,
  messageText,
  type Message,
  type Notification,
  type Params,
  type Request,
  type Response,
} from '../../wire/mcp/json-rpc.ts';
import { metaKeys } from '../../wire/mcp/revisions.ts';
import { lookOf, type Answering } from './answering.ts';
import { requestOfServer } from './command.ts';
import { mayEver } from './lists.ts';
import { errorOf } from './refusal.ts';
import { seenPlain, withoutEchoes, withoutOurs } from './seen.ts';

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
  if (shown !== undefined) {
    const seen = { ...shown, params: seenParams(answering, shown.params) };
    await answering.at.reply.event(textOf(answering, seen), { id: eventId });
  }
}

/** Undefined for what does not go on. */
function shownNotification(answering: Answering, message: Notification): Notification | undefined {
  const { at, remembered } = answering;
  const { method, params } = message;
  // Where places are hidden, nobody knows what such texts may say.
  const mayTell = remembered.plan.hidden.size === 0;
  const plain = mayTell ? message : { ...message, params: wordless(params) };
  switch (method) {
    case 'notifications/tools/list_changed':
      at.conversation.catalog.changed();
      return plain;
    case 'notifications/message':
      return mayTell ? message : undefined;
    case 'notifications/resources/updated': {
      const resource = `resource:${String(params['uri'])}`;
      return mayEver(at, { kind: 'read', action: 'resources/read', resource }) ? plain : undefined;
    }
    case 'notifications/progress':
    case 'notifications/cancelled':
    case 'notifications/prompts/list_changed':
    case 'notifications/resources/list_changed':
    case 'notifications/subscriptions/acknowledged':
    case 'notifications/elicitation/complete':
      return plain;
    default:
      return undefined;
  }
}

/** What says which message, how far or of what, and nothing in words. */
const wordlessMembers = new Set(
  '_meta progressToken progress total requestId uri elicitationId notifications'.split(' '),
);

function wordless(params: Params): Params {
  return Object.fromEntries(Object.entries(params).filter(([name]) => wordlessMembers.has(name)));
}

async function askedByServer(
  answering: Answering,
  request: Request,
  eventId: string | undefined,
): Promise<void> {
  const { conversation, reply } = answering.at;
  const seen = { ...request, params: seenParams(answering, request.params) };
  try {
    const command = await asked(answering, seen);
    if (!reply.stream() || conversation.asked.size >= askedMax) throw unheard();
    conversation.asked.set(idKey(request.id), command);
    await reply.event(textOf(answering, seen), { id: eventId });
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return answerServer(answering, { kind: 'response', id: request.id, outcome: { error: errorOf(error) } });
  }
}

/** Decided on and on record, as its client would see it; the number of the command. @throws SallyportError */
async function asked(
  answering: Answering,
  { method, params }: Pick<Request, 'method' | 'params'>,
): Promise<number> {
  const { at, remembered } = answering;
  // Where places are hidden, nobody knows what a question may say.
  const isWordy = method !== 'ping' && method !== 'roots/list' && remembered.plan.hidden.size > 0;
  // Nor may it be on record.
  const command = requestOfServer(method, isWordy ? {} : params);
  const ruling = await at.parts.governor.govern(
    at.it.session,
    isWordy ? { ...command, refusal: cannotTell() } : command,
    () => ({ held: () => void at.reply.stream(), signal: at.gone }),
  );
  if (ruling instanceof SallyportError) throw ruling;
  await release(at.parts.journal, ruling);
  return ruling.command;
}

/**
 * Whether the client may be asked what a result asks it (2026-07-28, "Multi Round-Trip Requests"); each question is
 * decided on as if it came by itself.
 * @throws SallyportError
 */
export async function mayAsk(answering: Answering, { outcome }: Response): Promise<void> {
  const { remembered } = answering;
  const result = 'result' in outcome && isObject(outcome.result) ? outcome.result : {};
  const { resultType = 'complete', inputRequests = {}, requestState } = result;
  if (resultType === 'complete') return;
  const mayBe = ['tools/call', 'prompts/get', 'resources/read'].includes(remembered.method);
  if (resultType !== 'input_required' || !mayBe || !isObject(inputRequests)) throw unknown();
  if (requestState !== undefined && remembered.plan.hidden.size > 0) throw cannotTell();
  for (const question of Object.values(inputRequests)) {
    const { method, params = {} } = isObject(question) ? question : {};
    if (typeof method !== 'string' || !isObject(params)) throw unknown();
    await asked(answering, { method, params: seenParams(answering, params) });
  }
}

function unknown(): SallyportError {
  return new SallyportError(
    'upstream_protocol',
    'Sallyport: the server answers in a way that is not known here',
  );
}

function cannotTell(): SallyportError {
  return new SallyportError(
    'undisclosable',
    'Sallyport: the server asks something, which cannot be looked into for what is hidden from you',
    { hint: 'Give the tool all that it needs in its arguments.' },
  );
}

function unheard(): SallyportError {
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

function seenParams(answering: Answering, params: Params): Params {
  const { progressToken } = params;
  const look = lookOf(answering);
  const meta = seenMeta(answering, params['_meta']);
  const seen = seenPlain(without(params, '_meta', 'progressToken'), look);
  const clean: unknown = parseExact(withoutEchoes(JSON.stringify(seen), look.echo));
  return {
    ...(isObject(clean) ? clean : {}),
    ...(meta === undefined ? {} : { _meta: meta }),
    ...(progressToken === undefined ? {} : { progressToken }),
  };
}

/** What names a request there is the protocol's own, and stays as it is. */
const namesRequests = new Set<string>(['progressToken', metaKeys.subscription]);

function seenMeta(answering: Answering, meta: unknown): object | undefined {
  if (!isObject(meta)) return undefined;
  const names = Object.entries(meta).filter(([key]) => namesRequests.has(key));
  // As of its words: where places are hidden, nobody knows what is in it.
  const isHidden = answering.remembered.plan.hidden.size > 0;
  const others = isHidden ? {} : seenPlain(without(meta, ...namesRequests), lookOf(answering));
  return { ...withoutOurs(others), ...Object.fromEntries(names) };
}

function textOf(answering: Answering, message: Notification | Request): string {
  return withoutEchoes(messageText(message), lookOf(answering).echo);
}
