import { foldKey, isObject, JsonFault, parseExact, parseStrict } from './exact-json.ts';

/** JSON-RPC 2.0 §4: null is no id here (MCP, Requests). */
export type Id = string | number;
export type Params = Readonly<Record<string, unknown>>;

export interface Request {
  readonly kind: 'request';
  readonly id: Id;
  readonly method: string;
  readonly params: Params;
}
export interface Notification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: Params;
}
export interface Response {
  readonly kind: 'response';
  /** Null: a server could not tell which request it was. */
  readonly id: Id | null;
  readonly outcome: { readonly result: unknown } | { readonly error: RpcError };
}
export type Message = Request | Notification | Response;

/** JSON-RPC 2.0 §5.1 */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** JSON-RPC 2.0 §5.1, and those that MCP has added. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Implementation-defined (MCP 2026-07-28, Error codes): what the gateway refuses. */
  refused: -32000,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

/** Messages in one batch (revision 2025-03-26 alone knows them). */
export const batchMax = 50;
const idCharsMax = 256;
const methodPattern = /^[A-Za-z$][\w$/.-]{0,127}$/;

/** Why bytes are no message, with the code and id that its answer carries. */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly code: number;
  readonly id: Id | null;
  readonly data: unknown;

  constructor(code: number, message: string, id: Id | null = null, data?: unknown) {
    super(message);
    this.code = code;
    this.id = id;
    this.data = data;
  }
}

/**
 * What a client sends in one body: a message, or a batch of them.
 * @throws RpcFault
 */
export function readFromClient(body: Buffer): {
  readonly batch: boolean;
  readonly messages: readonly Message[];
} {
  const value = parsed(body, parseStrict);
  if (!Array.isArray(value)) return { batch: false, messages: [messageOf(value)] };
  if (value.length === 0 || value.length > batchMax) {
    throw new RpcFault(rpcCodes.invalidRequest, `a batch has 1 to ${batchMax} messages`);
  }
  const messages = value.map(messageOf);
  const ids = messages.flatMap((message) => (message.kind === 'request' ? [idKey(message.id)] : []));
  if (new Set(ids).size < ids.length) throw new RpcFault(rpcCodes.invalidRequest, 'two requests have one id');
  return { batch: true, messages };
}

/**
 * What a server sends in one body, event or line. Fields that nobody knows are left out.
 * @throws RpcFault
 */
export function readFromServer(text: string | Buffer): readonly Message[] {
  const value = parsed(text, parseExact);
  return (Array.isArray(value) ? value : [value]).map(known).map((one) => faultOf(one) ?? messageOf(one));
}

/** As it goes over the wire. */
export function messageText(message: Message): string {
  const jsonrpc = '2.0';
  switch (message.kind) {
    case 'request': {
      const { id, method, params } = message;
      return JSON.stringify({ jsonrpc, id, method, params });
    }
    case 'notification': {
      const { method, params } = message;
      return JSON.stringify({ jsonrpc, method, params });
    }
    case 'response':
      return JSON.stringify({ jsonrpc, id: message.id, ...message.outcome });
  }
}

/** `1` and `"1"` are two ids. */
export function idKey(id: Id | null): string {
  return JSON.stringify(id);
}

function parsed(bytes: Buffer | string, parse: (text: string) => unknown): unknown {
  try {
    return parse(typeof bytes === 'string' ? bytes : utf8.decode(bytes));
  } catch (error) {
    const why = error instanceof JsonFault ? error.message : 'it is no UTF-8';
    throw new RpcFault(rpcCodes.parse, `the message cannot be read: ${why}`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const envelope: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

function known(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => envelope.has(key)));
}

function messageOf(value: unknown): Message {
  if (!isObject(value)) throw new RpcFault(rpcCodes.invalidRequest, 'a message is an object');
  const id = 'id' in value ? idOf(value['id']) : undefined;
  const bad = (why: string): RpcFault => new RpcFault(rpcCodes.invalidRequest, why, id ?? null);
  if (value['jsonrpc'] !== '2.0') throw bad('jsonrpc must be "2.0"');
  const stranger = Object.keys(value).find((key) => !envelope.has(key));
  if (stranger !== undefined) throw bad(`a message has no field "${stranger.slice(0, 40)}"`);
  if ('method' in value) {
    if ('result' in value || 'error' in value) throw bad('a message asks or answers, not both');
    const { method, params = {} } = value;
    if (typeof method !== 'string' || !methodPattern.test(method)) throw bad('this cannot be a method');
    if (!isObject(params)) throw bad('params must be an object');
    if (id === undefined) return { kind: 'notification', method, params };
    return { kind: 'request', id, method, params: withoutTwins(params, bad) };
  }
  if (id === undefined) throw bad('an answer has an id');
  if ('result' in value === 'error' in value) throw bad('an answer has either result or error');
  if ('result' in value) return { kind: 'response', id, outcome: { result: value['result'] } };
  return { kind: 'response', id, outcome: { error: errorOf(value['error'], bad) } };
}

/** JSON-RPC 2.0 §5: an error about nothing that could be told has no id. */
function faultOf(value: unknown): Response | undefined {
  if (!isObject(value) || !isObject(value['error']) || (value['id'] ?? null) !== null) return undefined;
  const error = errorOf(value['error'], (why) => new RpcFault(rpcCodes.invalidRequest, why));
  return { kind: 'response', id: null, outcome: { error } };
}

function idOf(id: unknown): Id {
  const isText = typeof id === 'string' && id.length <= idCharsMax;
  if (isText || (typeof id === 'number' && Number.isSafeInteger(id))) return id;
  throw new RpcFault(rpcCodes.invalidRequest, `an id is an integer, or a text of ${idCharsMax} characters`);
}

/** What the gateway decides by. Written otherwise, it would go past it to a server that reads keys loosely. */
const weighed = [
  'name',
  'arguments',
  'uri',
  'ref',
  'task',
  '_meta',
  'inputResponses',
  'requestState',
  'taskId',
];

function withoutTwins(params: Params, bad: (why: string) => RpcFault): Params {
  for (const key of Object.keys(params)) {
    const twin = weighed.find((name) => name !== key && foldKey(name) === foldKey(key));
    if (twin !== undefined) throw bad(`"${key.slice(0, 40)}" must be written ${twin}`);
  }
  return params;
}

function errorOf(error: unknown, bad: (why: string) => RpcFault): RpcError {
  if (!isObject(error)) throw bad('an error is an object');
  const { code, message, data } = error;
  if (typeof code !== 'number' || typeof message !== 'string') throw bad('an error has a code and a message');
  return { code, message, ...(data === undefined ? {} : { data }) };
}
