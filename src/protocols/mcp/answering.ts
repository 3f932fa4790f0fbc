import type { Allowance } from '../../core/budget.ts';
import { errorCodes } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import { recordedValue } from '../../core/recorded.ts';
import type { Session } from '../../core/session.ts';
import { EchoFilter } from '../../masking/echo.ts';
import { isObject } from '../../wire/mcp/exact-json.ts';
import { messageText, rpcCodes, type Id, type Response } from '../../wire/mcp/json-rpc.ts';
import type { ProtocolParts } from '../protocol.ts';
import type { At } from './exchange.ts';
import {
  seenContents,
  seenMessages,
  seenPlain,
  seenToolResult,
  withoutEchoes,
  withoutOurs,
  type Look,
} from './seen.ts';
import type { Remembered } from './sessions.ts';

type ResultEvent = Extract<Event, { type: 'result' }>;

/** A request that is being answered. */
export interface Answering {
  readonly at: At;
  readonly remembered: Remembered;
  readonly allowance: Allowance | undefined;
}

/** How answers to this request are looked at; `more`: what else they are of. */
export function lookOf(
  { at: { it, parts, conversation }, remembered }: Answering,
  more: readonly string[] = [],
): Look {
  const { plan, names, values } = remembered;
  const masks = it.masks();
  const detect = it.detect();
  const unseen = plan.hidden.size > 0 ? values : [];
  return {
    mask: masks.of(plan, [...names, ...more], detect),
    plain: masks.of(plan, [], detect),
    echo: new EchoFilter([...conversation.link.secrets, ...unseen]),
    uninspected: it.session.target.uninspected,
    seen: { bytes: 0, masked: 0, first: [], firstBytesMax: parts.record.bytes },
  };
}

/** An answer as its client may see it, in bytes that are counted. @throws SallyportError `limit_budget` */
export function textForClient(
  answering: Answering,
  id: Id,
  outcome: Response['outcome'],
): { readonly text: string; readonly masked: number } {
  const look = lookOf(answering, resourcesIn('result' in outcome ? outcome.result : undefined));
  const seen = seenOutcome(answering.remembered.method, outcome, look);
  const text = withoutEchoes(messageText({ kind: 'response', id, outcome: seen }), look.echo);
  const spent = answering.allowance?.spend(Buffer.byteLength(text));
  if (spent !== undefined) throw spent;
  return { text, masked: look.seen.masked };
}

function seenOutcome(method: string, outcome: Response['outcome'], look: Look): Response['outcome'] {
  if ('error' in outcome) {
    const { code, message } = outcome.error;
    const data = markedAsServers(outcome.error);
    // Where places are hidden, nobody knows what an error may say.
    if (look.mask.wantsJson) return { error: { code, message: 'The server answers with an error.' } };
    const seen = seenPlain({ message, ...(data === undefined ? {} : { data }) }, look);
    return {
      error: { code, message: String(seen['message']), ...('data' in seen ? { data: seen['data'] } : {}) },
    };
  }
  const { _meta: meta, ...rest } = isObject(outcome.result) ? outcome.result : {};
  const result = isObject(meta) ? { ...rest, _meta: withoutOurs(meta) } : rest;
  if (result['resultType'] === 'input_required') return { result: seenQuestions(result, look) };
  switch (method) {
    case 'tools/call':
      return { result: seenToolResult(result, look) };
    case 'resources/read':
      return { result: seenContents(result, look) };
    case 'prompts/get':
      return { result: seenMessages(result, look) };
    default:
      return { result: seenPlain(result, look) };
  }
}

/** Clients know a refusal of the gateway's by these: a server's own words of that form stand one step deeper. */
function markedAsServers({ code, data }: Extract<Response['outcome'], { error: unknown }>['error']): unknown {
  const isLikeOurs =
    code === rpcCodes.refused && isObject(data) && errorCodes.some((one) => one === data['code']);
  return isLikeOurs ? { server: data } : data;
}

/** The state is the server's own: changed, it would be of no use. */
function seenQuestions(result: Readonly<Record<string, unknown>>, look: Look): Record<string, unknown> {
  const { requestState, ...rest } = result;
  return { ...seenPlain(rest, look), ...(requestState === undefined ? {} : { requestState }) };
}

/** A server may answer with other resources than the one that was asked for, and tools and prompts with some. */
function resourcesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(resourcesIn);
  if (!isObject(value)) return [];
  const { uri, contents, content, messages, resource } = value;
  const own = typeof uri === 'string' ? [`resource:${uri}`, `resource:${uri.toLowerCase()}`] : [];
  return [...own, ...[contents, content, messages, resource].flatMap(resourcesIn)];
}

/** Puts the end of a command on record; `text`: what its client has seen of it. */
export function notesOf(
  { journal, record }: Pick<ProtocolParts, 'journal' | 'record'>,
  { id: session }: Session,
  command: number,
): (outcome: Pick<ResultEvent, 'tag' | 'error'>, text: string, masked?: number) => void {
  return (outcome, text, masked = 0) => {
    const bytes = Buffer.from(text);
    const beginning = recordedValue(bytes.subarray(0, record.bytes), 'text');
    const first =
      bytes.length === 0 || record.rows === 0 ? {} : { columns: ['message'], first: [[beginning]] };
    journal.note({
      type: 'result',
      session,
      command,
      ...outcome,
      rows: 0,
      bytes: bytes.length,
      masked,
      ...first,
    });
  };
}
