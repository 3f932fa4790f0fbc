import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Permit } from '../../core/govern.ts';
import { release } from '../../core/release.ts';
import { statusOf } from '../../core/http-status.ts';
import { fieldValue, type Field } from '../../wire/http/headers.ts';
import { mustAgree, mustBeKnown } from '../../wire/mcp/headers.ts';
import {
  idKey,
  messageText,
  readFromClient,
  RpcFault,
  type Message,
  type Response,
} from '../../wire/mcp/json-rpc.ts';
import { batchRevision } from '../../wire/mcp/revisions.ts';
import { readBody, wholeBodyBytesMax } from '../http/body.ts';
import { asRefusal } from '../http/refusing.ts';
import { boundBy, within } from '../http/under-way.ts';
import { askedOf, type Asked } from '../http/request.ts';
import type { ProtocolParts } from '../protocol.ts';
import { notesOf, type Answering } from './answering.ts';
import { sessionCommand } from './command.ts';
import { answered, answerText, told, type At, type Finished } from './exchange.ts';
import { fromServer } from './from-server.ts';
import { challengeFor, isSecure } from './metadata.ts';
import { errorOf, refusalText, refused } from './refusal.ts';
import { Reply } from './reply.ts';
import { McpSessions, type Conversation, type McpSession } from './sessions.ts';

/** Requests of one session at a time, streams that it listens on among them. */
const activeMax = 100;

/** Requests of HTTP to MCP servers. */
export class McpEndpoint {
  readonly #parts: ProtocolParts;
  readonly #sessions: McpSessions;

  constructor(parts: ProtocolParts) {
    this.#parts = parts;
    this.#sessions = new McpSessions(parts);
  }

  handle(request: WebRequest, response: WebResponse): Promise<void> {
    return handled(this.#parts, this.#sessions, request, response);
  }

  /** When no session and no program is left. */
  close(): Promise<void> {
    return this.#sessions.close();
  }
}

async function handled(
  parts: ProtocolParts,
  sessions: McpSessions,
  request: WebRequest,
  response: WebResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished)
      gone.abort(new SallyportError('closed', 'Sallyport: the client went away'));
  });
  try {
    const asked = askedOf(request);
    mustBeHere(asked);
    mustBeOwnPage(asked, isSecure(request));
    const { token, target, client } = asked;
    const application = fieldValue(asked.fields, 'user-agent')?.slice(0, 200);
    const it = await sessions.of({
      token,
      target,
      client,
      ...(application === undefined ? {} : { application }),
    });
    await within(parts, it, () => exchanged({ parts, it, asked, request, response, gone }));
  } catch (error) {
    refuse(parts, request, response, gone.signal.aborted ? gone.signal.reason : error);
  }
}

interface Exchanging {
  readonly parts: ProtocolParts;
  readonly it: McpSession;
  readonly asked: Asked;
  readonly request: WebRequest;
  readonly response: WebResponse;
  readonly gone: AbortController;
}

async function exchanged(it: Exchanging): Promise<void> {
  if (it.it.active > activeMax) throw tooMany();
  const unbound = boundBy(it.gone, it.it.session, undefined);
  try {
    switch (it.asked.method) {
      case 'POST':
        return await posted(it);
      case 'GET':
        return await listened(it);
      case 'DELETE':
        return await ended(it);
      default:
        it.response.writeHead(405, { allow: 'POST, GET, DELETE' }).end();
    }
  } finally {
    unbound();
  }
}

async function posted(exchanging: Exchanging): Promise<void> {
  const { request, response, asked } = exchanging;
  const { batch, messages } = await read(exchanging);
  const conversation = await conversationOf(exchanging, messages);
  mustBeInOrder(asked, batch, messages, conversation);
  const reply = new Reply(request, response);
  const at = atOf(exchanging, conversation, reply);
  const requests = messages.filter((message) => message.kind === 'request');
  for (const message of messages) if (message.kind !== 'request') await told(at, message);
  await exchanging.parts.journal.commit();
  if (requests.length === 0) return reply.end(202);
  const [first] = requests;
  if (!batch && first !== undefined) {
    const { status, text, eventId } = await answered(at, first);
    // One that came to nothing, or that the server keeps no session for.
    const isKept =
      exchanging.it.conversations.has(conversation.id ?? '') && conversation.revision !== undefined;
    if (first.method === 'initialize' && !isKept) await exchanging.it.end(conversation);
    return reply.end(status, text, eventId);
  }
  const finished = await Promise.all(requests.map((one) => answered(at, one)));
  await endBatch(reply, finished);
}

async function endBatch(reply: Reply, finished: readonly Finished[]): Promise<void> {
  const texts = finished.map(({ text }) => text).filter((text) => text !== undefined);
  if (!reply.isStreaming) return reply.end(200, `[${texts.join(',')}]`);
  for (const text of texts) await reply.event(text);
  reply.end(200);
}

async function read({ request, asked }: Exchanging): Promise<ReturnType<typeof readFromClient>> {
  const type = fieldValue(asked.fields, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw new SallyportError('protocol', 'Sallyport: a message is application/json');
  const body = await readBody(request);
  if (body === undefined) throw new SallyportError('protocol', 'Sallyport: no message came');
  if ('whole' in body) return readFromClient(body.whole);
  throw new SallyportError('too_large', `Sallyport: a message may have ${wholeBodyBytesMax} bytes`, {
    hint: 'Send less at a time.',
  });
}

/** @throws SallyportError `not_found` for a session that is none of this identity's */
async function conversationOf(
  { it, asked }: Exchanging,
  messages: readonly Message[],
): Promise<Conversation> {
  const id = fieldValue(asked.fields, 'mcp-session-id');
  const begins = messages.some((message) => message.kind === 'request' && message.method === 'initialize');
  if (begins) return it.begin();
  if (id === undefined) return it.alone();
  const found = it.find(id);
  if (found?.link.isOver === true) await it.end(found);
  else if (found !== undefined) return found;
  throw new SallyportError('not_found', 'Sallyport: there is no such session of yours', {
    hint: 'Begin another one: send initialize without Mcp-Session-Id.',
  });
}

/** @throws RpcFault, SallyportError */
function mustBeInOrder(
  asked: Asked,
  batch: boolean,
  messages: readonly Message[],
  { revision }: Conversation,
): void {
  const field = (name: string): string | undefined => fieldValue(asked.fields, name);
  const version = field('mcp-protocol-version');
  mustBeKnown(version);
  for (const message of messages) if (message.kind === 'request') mustAgree(message, field);
  if (!batch) return;
  const mayBatch =
    (version ?? batchRevision) === batchRevision && (revision ?? batchRevision) === batchRevision;
  const begins = messages.some((message) => message.kind === 'request' && message.method === 'initialize');
  if (mayBatch && !begins) return;
  throw new SallyportError('protocol', 'Sallyport: messages come one by one', {
    hint: `Batches are of revision ${batchRevision} alone, and initialize is never in one.`,
  });
}

function atOf({ parts, it, asked, gone }: Exchanging, conversation: Conversation, reply: Reply): At {
  const version = fieldValue(asked.fields, 'mcp-protocol-version');
  const fields: Field[] = version === undefined ? [] : [['mcp-protocol-version', version]];
  return { parts, it, conversation, reply, fields, gone: gone.signal };
}

/** What the server has to say by itself, for as long as the client listens. */
async function listened(exchanging: Exchanging): Promise<void> {
  const { parts, it, asked, request, response, gone } = exchanging;
  const conversation = await conversationOf(exchanging, []);
  mustBeInOrder(asked, false, [], conversation);
  const since = fieldValue(asked.fields, 'last-event-id');
  const from = since === undefined ? undefined : conversation.cameFrom(since);
  const ruling = await permitted(exchanging, 'listen');
  const reply = new Reply(request, response);
  const at = atOf(exchanging, conversation, reply);
  const { status, messages } = await conversation.link.listen(from?.serversId, {
    fields: at.fields,
    signal: gone.signal,
  });
  const note = notesOf(parts, it.session, ruling.command);
  if (status !== 200) {
    for await (const _ of messages);
    note({ tag: String(status) }, '');
    return reply.end(status);
  }
  reply.stream();
  conversation.listening += 1;
  const own = { method: 'listen', names: [], plan: ruling.plan, values: [], command: ruling.command };
  // The rest of a stream that broke is looked at as its beginning was.
  const remembered = from?.of ?? own;
  const { allowance } = ruling;
  try {
    for await (const { message, eventId, retryMs } of messages) {
      const id = conversation.eventId(eventId, from?.of);
      if (message === undefined) {
        if (id !== undefined) await reply.event('', { id, retryMs });
      } else if (message.kind === 'response') await answeredLater({ at, allowance }, message, id);
      else await fromServer({ at, remembered, allowance }, message, id);
    }
  } finally {
    conversation.listening -= 1;
    note({ tag: 'ended' }, '');
    reply.end(200);
  }
}

/** An answer whose stream broke: looked at as what it is an answer to. */
async function answeredLater(
  { at, allowance }: Omit<Answering, 'remembered'>,
  message: Response,
  eventId: string | undefined,
): Promise<void> {
  const { id } = message;
  const remembered = at.conversation.recall(idKey(id));
  if (remembered === undefined || id === null) return;
  const note = notesOf(at.parts, at.it.session, remembered.command);
  try {
    const { text, masked } = await answerText({ at, remembered, allowance }, id, message);
    note({ tag: 'answered' }, text, masked);
    await at.reply.event(text, { id: eventId });
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    note({ error: error.code }, '');
    const { method } = remembered;
    const answer = refused({ kind: 'request', id, method, params: {} }, error);
    await at.reply.event(messageText(answer), { id: eventId });
  }
}

async function ended(exchanging: Exchanging): Promise<void> {
  const { it, asked, response } = exchanging;
  const id = fieldValue(asked.fields, 'mcp-session-id');
  const conversation = await conversationOf(exchanging, []);
  if (id === undefined || conversation.id === undefined) {
    response.writeHead(405, { allow: 'POST, GET' }).end();
    return;
  }
  await permitted(exchanging, 'end');
  for (const running of conversation.running.values()) {
    running.abort(new SallyportError('closed', 'Sallyport: the client ended its session'));
  }
  await it.end(conversation);
  response.writeHead(204, {}).end();
}

/** On record, where the rules let this identity in at all. @throws SallyportError */
async function permitted({ parts, it, gone }: Exchanging, action: string): Promise<Permit> {
  const ruling = await parts.governor.govern(it.session, sessionCommand(action), () => ({
    held: () => undefined,
    signal: gone.signal,
  }));
  if (ruling instanceof SallyportError) throw ruling;
  await release(parts.journal, ruling);
  return ruling;
}

function tooMany(): SallyportError {
  return new SallyportError(
    'limit_requests',
    `Sallyport: a session has at most ${activeMax} requests at a time`,
    {
      hint: 'Wait for some of them to end.',
    },
  );
}

function mustBeHere({ path }: Asked): void {
  if (path === '/mcp' || path === '/mcp/') return;
  throw new SallyportError('not_found', 'Sallyport: an MCP server is at /mcp', {
    hint: "The address is /t/, the target's name and /mcp.",
  });
}

/** Pages of other origins have no business here, whatever name leads to this machine (2025-11-25, "Security Warning"). */
function mustBeOwnPage({ fields }: Asked, secure: boolean): void {
  const origin = fieldValue(fields, 'origin');
  const host = fieldValue(fields, 'host');
  const page = origin === undefined ? undefined : URL.parse(origin);
  // Without TLS, nothing but its name says that a page is of this machine.
  const isHere = secure || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(page?.hostname ?? '');
  if (page === undefined || (page?.host === host && isHere)) return;
  throw new SallyportError('denied', 'Sallyport: requests of web pages are not taken here');
}

function refuse(
  { log }: Pick<ProtocolParts, 'log'>,
  request: WebRequest,
  response: WebResponse,
  error: unknown,
): void {
  if (error instanceof RpcFault) {
    const { code, message, data, id } = error;
    return send(response, 400, refusalText(id, { code, message, ...(data === undefined ? {} : { data }) }));
  }
  const refusal = asRefusal(error);
  if (refusal.code === 'internal') log.error({ err: refusal.cause }, 'a request failed');
  const isStranger = refusal.code === 'unauthenticated';
  const fields = isStranger ? { 'www-authenticate': challengeFor(request) } : {};
  send(response, statusOf[refusal.code], refusalText(null, errorOf(refusal)), {
    'sallyport-error': refusal.code,
    ...fields,
  });
}

function send(
  response: WebResponse,
  status: number,
  text: string,
  fields: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...fields })
    .end(text);
}
