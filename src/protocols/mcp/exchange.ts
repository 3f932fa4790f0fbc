import { SallyportError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import type { Permit } from '../../core/govern.ts';
import { release } from '../../core/release.ts';
import { isObject, canonical, without } from '../../wire/mcp/exact-json.ts';
import { fieldsFor, revisionOf } from '../../wire/mcp/headers.ts';
import {
  idKey,
  messageText,
  rpcCodes,
  RpcFault,
  type Id,
  type Message,
  type Params,
  type Request,
  type Response,
} from '../../wire/mcp/json-rpc.ts';
import { legacyRevisions } from '../../wire/mcp/revisions.ts';
import type { Field } from '../../wire/http/headers.ts';
import { asRefusal } from '../http/refusing.ts';
import { boundBy } from '../http/under-way.ts';
import type { ProtocolParts } from '../protocol.ts';
import { commandOf } from './command.ts';
import type { AskPage, Tool } from './catalog.ts';
import { withoutTasks, withoutUnallowed } from './capabilities.ts';
import { mayEver, visibleList } from './lists.ts';
import { notFit, outgoing } from './outgoing.ts';
import { refused } from './refusal.ts';
import type { Reply } from './reply.ts';
import { notesOf, textForClient, type Answering } from './answering.ts';
import { fromServer, mayAsk } from './from-server.ts';
import type { Conversation, McpSession } from './sessions.ts';

/** How often a client is told that its call still waits for people. */
const toldMs = 10_000;

/** One request of HTTP, with the messages in it. */
export interface At {
  readonly parts: ProtocolParts;
  readonly it: McpSession;
  readonly conversation: Conversation;
  readonly reply: Reply;
  /** Header fields of the request that go on. */
  readonly fields: readonly Field[];
  /** Aborted when the client has gone, or the session is over. */
  readonly gone: AbortSignal;
}

export interface Finished {
  readonly status: number;
  /** Undefined: the server has closed the stream, and its client comes back for the answer. */
  readonly text: string | undefined;
  readonly eventId?: string | undefined;
}

/** One request of a client's, from its decision to its answer. Never rejects: refusals are answers. */
export async function answered(at: At, request: Request): Promise<Finished> {
  const stop = new AbortController();
  const leave = (): void => stop.abort(at.gone.reason);
  at.gone.addEventListener('abort', leave);
  if (at.gone.aborted) leave();
  const key = idKey(request.id);
  at.conversation.running.set(key, stop);
  try {
    return await decided(at, request, stop);
  } catch (error) {
    const why: unknown = stop.signal.aborted ? stop.signal.reason : error;
    if (why instanceof RpcFault) return { status: 400, text: faultText(why, request) };
    const refusal = asRefusal(why);
    if (refusal.cause !== undefined)
      at.parts.log.warn({ err: refusal.cause, code: refusal.code }, refusal.message);
    return { status: 200, text: messageText(refused(request, refusal)) };
  } finally {
    at.gone.removeEventListener('abort', leave);
    if (at.conversation.running.get(key) === stop) at.conversation.running.delete(key);
  }
}

/** What a client says without waiting for an answer. @throws SallyportError */
export async function told(at: At, message: Exclude<Message, Request>): Promise<void> {
  const { parts, it, conversation } = at;
  if (message.kind === 'response') return answeredServer(at, message);
  if (message.method === 'notifications/cancelled') {
    const { requestId: id } = message.params;
    const running =
      typeof id === 'string' || typeof id === 'number' ? conversation.running.get(idKey(id)) : undefined;
    // Of what is not its own request, a client ends nothing.
    if (running === undefined) return;
    await sendOnly(at, message);
    running.abort(new SallyportError('closed', 'Sallyport: the client cancelled this'));
    return;
  }
  if (!clientsNotifications.has(message.method)) {
    throw new SallyportError('protocol', `Sallyport: ${message.method} is no notification that goes on`, {
      hint: 'A request has an id.',
    });
  }
  it.tokens().read(Buffer.from(canonical(message.params)));
  parts.live.busy(it.session, true);
  await sendOnly(at, message);
}

const clientsNotifications: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

/** On record, then on its way; what comes back is of no interest. */
async function sendOnly(at: At, message: Exclude<Message, Request | Response>): Promise<void> {
  const { parts, it, conversation, gone } = at;
  const ruling = await parts.governor.govern(
    it.session,
    commandOf(message, () => undefined),
    () => ({
      held: () => undefined,
      signal: gone,
    }),
  );
  if (ruling instanceof SallyportError) throw ruling;
  await release(parts.journal, ruling);
  const { messages } = await conversation.link.send(message, { fields: at.fields, signal: gone });
  for await (const _ of messages);
}

/** The answer to something that the server has asked. */
async function answeredServer(at: At, message: Response): Promise<void> {
  const { parts, it, conversation, gone } = at;
  const key = idKey(message.id);
  const command = conversation.asked.get(key);
  if (command === undefined) {
    throw new SallyportError('protocol', 'Sallyport: the server has asked nothing with this id');
  }
  it.tokens().read(Buffer.from(messageText(message)));
  conversation.asked.delete(key);
  const { messages } = await conversation.link.send(message, { fields: at.fields, signal: gone });
  for await (const _ of messages);
  notesOf(parts, it.session, command)({ tag: 'answered' }, messageText(message));
}

async function decided(at: At, request: Request, stop: AbortController): Promise<Finished> {
  const { parts, it, conversation } = at;
  const { method, params } = request;
  const tool = method === 'tools/call' ? await toolOf(at, request, stop.signal) : undefined;
  const command = commandOf(request, () => tool?.readOnly, tool?.digest);
  const out = outgoing(at, request, command);
  const why =
    (await notFit(conversation, request, tool, out)) ?? (out instanceof SallyportError ? out : undefined);
  const permit = await permitted(
    at,
    request,
    why === undefined ? command : { ...command, refusal: why },
    stop.signal,
  );
  if (out instanceof SallyportError) throw out;
  parts.live.limit(it.session, permit.limits);
  const names = command.effects
    .map(({ resource }) => resource)
    .filter((name) => /^(?:tool|resource|prompt):/.test(name));
  const remembered = { method, names, plan: permit.plan, values: out.values, command: permit.command };
  const note = notesOf(parts, it.session, permit.command);
  const unbound = boundBy(stop, it.session, permit.limits.statementMs);
  try {
    conversation.remember(idKey(request.id), remembered);
    await release(parts.journal, permit);
    const answering: Answering = { at, remembered, allowance: permit.allowance };
    const finished =
      method === 'tools/list'
        ? await listed(answering, request, stop.signal)
        : await forwarded(answering, { request, params: { ...params, ...out.params }, tool }, stop.signal);
    note({ tag: 'answered' }, finished.text ?? '', finished.masked);
    return finished;
  } catch (error) {
    const refusal = stop.signal.aborted ? stop.signal.reason : error;
    note({ error: refusal instanceof RpcFault ? String(refusal.code) : asRefusal(refusal).code }, '');
    throw refusal;
  } finally {
    unbound();
  }
}

/** @throws SallyportError where it may not go on */
async function permitted(
  at: At,
  { params }: Request,
  command: Command,
  signal: AbortSignal,
): Promise<Permit> {
  const { parts, it, reply } = at;
  let timer: NodeJS.Timeout | undefined;
  const ruling = await Promise.resolve(
    parts.governor.govern(it.session, command, () => ({
      signal,
      held: ({ id, url }) => {
        const { _meta: meta } = params;
        const token = isObject(meta) ? meta['progressToken'] : undefined;
        let progress = 0;
        const tell = (): void => {
          if (!reply.stream() || token === undefined) return;
          // Less than any real progress of the call, which has not begun.
          progress += 1e-6;
          const message = `Waits for approval ${id}: ${url}`;
          const said = { progressToken: token, progress, message };
          void reply.event(
            messageText({ kind: 'notification', method: 'notifications/progress', params: said }),
          );
        };
        tell();
        timer = setInterval(tell, toldMs);
      },
    })),
  ).finally(() => clearInterval(timer));
  if (ruling instanceof SallyportError) throw ruling;
  return ruling;
}

/** The tool that is called, as its server describes it; undefined: it has none of this name. */
async function toolOf(at: At, request: Request, signal: AbortSignal): Promise<Tool | undefined> {
  const { name } = request.params;
  const { tools } = await at.conversation.catalog.listing(pagesOf(at, request, signal, false));
  return typeof name === 'string' ? tools.get(name) : undefined;
}

/** `isPermitted`: the client asked for the list itself, and may. */
function pagesOf(at: At, request: Request, signal: AbortSignal, isPermitted: boolean): AskPage {
  let page = 0;
  return async (cursor) => {
    const { _meta: meta } = request.params;
    const own: Request = {
      kind: 'request',
      id: `sallyport-${++page}`,
      method: 'tools/list',
      params: {
        ...(cursor === undefined ? {} : { cursor }),
        ...(isObject(meta) ? { _meta: without(meta, 'progressToken') } : {}),
      },
    };
    if (!isPermitted) {
      const ruling = await permitted(
        at,
        own,
        commandOf(own, () => undefined),
        signal,
      );
      await release(at.parts.journal, ruling);
    }
    const fields = revisionOf(own) === undefined ? at.fields : [...at.fields, ...fieldsFor(own, undefined)];
    const { status, messages } = await at.conversation.link.send(own, { fields, signal });
    for await (const { message } of messages) {
      if (message?.kind !== 'response' || message.id !== own.id) continue;
      if ('result' in message.outcome && isObject(message.outcome.result)) return message.outcome.result;
      if ('error' in message.outcome)
        // Its own words have not been looked into.
        throw new RpcFault(message.outcome.error.code, 'the server does not list its tools');
    }
    throw new SallyportError(
      'upstream_protocol',
      `Sallyport: the server does not list its tools (${status})`,
    );
  };
}

type Done = Finished & { readonly masked: number };

async function listed(answering: Answering, request: Request, signal: AbortSignal): Promise<Done> {
  const { at } = answering;
  const { catalog } = at.conversation;
  const { tools, rest } = await catalog.fresh(pagesOf(at, request, signal, true));
  const shown: unknown[] = [];
  for (const tool of tools.values()) {
    const { name, readOnly } = tool;
    const effect = {
      kind: readOnly ? 'read' : 'write',
      action: 'tools/call',
      resource: `tool:${name}`,
    } as const;
    if (mayEver(at, effect) && (await catalog.refusal(tool)) === undefined) shown.push(tool.shown);
  }
  const own = 'cacheScope' in rest ? { cacheScope: 'private' } : {};
  const result = { ...rest, ...own, tools: shown };
  return { status: 200, ...textForClient(answering, request.id, { result }) };
}

/** Goes to the server; its answer, and what comes before it. */
async function forwarded(
  answering: Answering,
  { request, params, tool }: { request: Request; params: Params; tool: Tool | undefined },
  signal: AbortSignal,
): Promise<Done> {
  const { at } = answering;
  const { conversation } = at;
  const sent = { ...request, params: withoutUnallowed(at, request.method, params) };
  const own = revisionOf(request) === undefined ? [] : fieldsFor(sent, tool?.inputSchema);
  const { status, messages } = await conversation.link.send(sent, { fields: [...at.fields, ...own], signal });
  named(at, request);
  let last: string | undefined;
  for await (const { message, eventId, retryMs } of messages) {
    last = conversation.eventId(eventId, answering.remembered);
    if (message === undefined) {
      if (last !== undefined) await at.reply.event('', { id: last, retryMs });
    } else if (message.kind !== 'response') await fromServer(answering, message, last);
    else if (message.id === request.id || (message.id === null && status >= 400)) {
      began(at, request, message);
      const seen = await answerText(answering, request.id, message);
      return { status: statusFor(status, message), ...seen, eventId: last };
    }
  }
  if (status >= 400) {
    if (status === 404 && conversation.id !== undefined) await at.it.end(conversation).catch(() => undefined);
    const text = JSON.stringify({
      jsonrpc: '2.0',
      id: request.id,
      error: { code: rpcCodes.refused, message: `Sallyport: the server answered ${status}` },
    });
    return { status, text, masked: 0 };
  }
  if (last !== undefined) return { status: 200, text: undefined, masked: 0 };
  throw new SallyportError(
    'upstream_unavailable',
    'Sallyport: the server ended its answer before it was complete',
  );
}

/** A server's answer as its client may see it. @throws SallyportError where it may not */
export async function answerText(
  answering: Answering,
  id: Id,
  message: Response,
): Promise<ReturnType<typeof textForClient>> {
  await mayAsk(answering, message);
  const { at, remembered } = answering;
  return textForClient(answering, id, visible(at, remembered.method, message.outcome));
}

/** A status that says something to clients of either kind goes with its error; anything else is an answer. */
function statusFor(status: number, { outcome }: Response): number {
  return 'error' in outcome && status >= 400 && status < 500 ? status : 200;
}

function visible(at: At, method: string, outcome: Response['outcome']): Response['outcome'] {
  if (!('result' in outcome) || !isObject(outcome.result)) return outcome;
  if (method === 'initialize' || method === 'server/discover')
    return { result: withoutTasks(outcome.result) };
  return { result: visibleList(at, method, outcome.result) };
}

/** Its client has to know the name of its session before anything else is said. */
function named({ conversation, it, reply }: At, { method }: Request): void {
  if (method !== 'initialize' || conversation.id === undefined || !conversation.link.keepsSession) return;
  it.conversations.set(conversation.id, conversation);
  reply.field('mcp-session-id', conversation.id);
}

/** From the server's answer to `initialize` on, a session has its revision. One without is ended. */
function began({ conversation }: At, { method }: Request, { outcome }: Response): void {
  if (method !== 'initialize' || !('result' in outcome) || !isObject(outcome.result)) return;
  const { protocolVersion } = outcome.result;
  if (typeof protocolVersion !== 'string' || !legacyRevisions.includes(protocolVersion)) {
    throw new SallyportError(
      'upstream_protocol',
      'Sallyport: the server speaks a revision of MCP that is not known here',
      { hint: `Known are ${legacyRevisions.join(', ')}.` },
    );
  }
  conversation.revision = protocolVersion;
}

function faultText({ code, message, data }: RpcFault, { id }: Request): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: { code, message, ...(data === undefined ? {} : { data }) },
  });
}
