import type { Command } from '../../core/command.ts';
import type { Effect } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import { canonical, isObject, JsonFault, parseStrict, without } from '../../wire/mcp/exact-json.ts';
import type { Message, Params } from '../../wire/mcp/json-rpc.ts';
import { metaKeys } from '../../wire/mcp/revisions.ts';

/** What tells of a tool whether a call of it only reads; undefined where it is not known. */
export type ReadOnly = (tool: string) => boolean | undefined;

/** Which try it is, who speaks and what is traced: these may differ from what was approved. */
const aboutDelivery: ReadonlySet<string> = new Set([
  'progressToken',
  'traceparent',
  'tracestate',
  'baggage',
  ...Object.values(metaKeys),
]);

/** What a message of a client's asks for. `digest`: of the tool that is called, as its approval is for no other. */
export function commandOf(
  message: Exclude<Message, { kind: 'response' }>,
  readOnly: ReadOnly,
  digest?: string,
): Command {
  const { method, params } = message;
  const args = argumentsOf(params);
  const { _meta: meta, inputResponses, requestState } = params;
  const effects = effectsOf(method, params, readOnly);
  const [first] = effects;
  const isNamed = first !== undefined && first.kind !== 'session' && first.resource !== '';
  const name = isNamed ? ` ${first.resource.replace(/^[a-z]+:/, '')}` : '';
  return {
    text: `${method}${name}`,
    parameters: [args, inputResponses]
      .filter((value) => value !== undefined)
      .map((value) => ({ bytes: Buffer.from(canonical(value)), format: 'text' })),
    effects,
    unbounded: false,
    uses: [],
    context: canonical([contextOf(meta), requestState ?? null, digest ?? null]),
    ...(args === undefined ? {} : { args }),
  };
}

/** What belongs to a session itself: listening, ending it. */
export function sessionCommand(action: string): Command {
  return { text: action, parameters: [], effects: session(action), unbounded: false, uses: [], context: '' };
}

/** What a server asks of its client, in the middle of a call or between two. */
export function requestOfServer(method: string, params: Params): Command {
  const effect: Effect = serverAsks[method] ?? {
    kind: 'opaque',
    action: method,
    resource: `method:${method}`,
  };
  return {
    text: `server asks ${method}`,
    parameters: [{ bytes: Buffer.from(canonical(without(params, '_meta'))), format: 'text' }],
    effects: [effect],
    unbounded: false,
    uses: [],
    context: '',
  };
}

/** What servers may ask for: something of the client's, its model, its person or its files. */
export const serverAsks: Readonly<Record<string, Effect>> = {
  'sampling/createMessage': { kind: 'access', action: 'sampling/createMessage', resource: 'client:sampling' },
  'elicitation/create': { kind: 'access', action: 'elicitation/create', resource: 'client:elicitation' },
  'roots/list': { kind: 'access', action: 'roots/list', resource: 'client:roots' },
  ping: { kind: 'session', action: 'ping', resource: '' },
};

/**
 * A call as the record names it: `tools/call refund {"amount":120}`.
 * @throws SallyportError `syntax`
 */
export function callOfText(text: string, readOnly: ReadOnly): Command {
  const [, method = '', name = '', rest = '{}'] =
    /^\s*([a-z]+\/[a-z]+)(?:\s+(\S+))?(?:\s+(\{.*\}))?\s*$/s.exec(text) ?? [];
  try {
    const args = parseStrict(rest);
    if (method !== '' && isObject(args)) {
      const params = { ...(method === 'resources/read' ? { uri: name } : { name }), arguments: args };
      return commandOf({ kind: 'notification', method, params }, readOnly);
    }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
  }
  throw new SallyportError('syntax', 'Sallyport: this is no call', {
    hint: 'Write a method, a name and arguments: tools/call refund {"amount": 120}.',
  });
}

export function argumentsOf({ arguments: args }: Params): Readonly<Record<string, unknown>> | undefined {
  return isObject(args) ? args : undefined;
}

const session = (action: string): Effect[] => [{ kind: 'session', action, resource: '' }];

function effectsOf(method: string, params: Params, readOnly: ReadOnly): readonly Effect[] {
  const name = textOf(params['name']);
  const uri = textOf(params['uri']);
  switch (method) {
    case 'tools/call':
      return [{ kind: readOnly(name) === true ? 'read' : 'write', action: method, resource: `tool:${name}` }];
    case 'prompts/get':
      return [{ kind: 'read', action: method, resource: `prompt:${name}` }];
    case 'resources/read':
    case 'resources/subscribe':
      return [{ kind: 'read', action: method, resource: `resource:${uri}` }];
    case 'completion/complete':
      return [{ kind: 'read', action: method, resource: referred(params['ref']) }];
    case 'subscriptions/listen':
      return [...session(method), ...subscribed(params)];
    case 'initialize':
    case 'ping':
    case 'server/discover':
    case 'logging/setLevel':
    case 'tools/list':
    case 'prompts/list':
    case 'resources/list':
    case 'resources/templates/list':
    case 'resources/unsubscribe':
    case 'notifications/initialized':
    case 'notifications/cancelled':
    case 'notifications/progress':
    case 'notifications/roots/list_changed':
      return session(method);
    default:
      return [{ kind: 'opaque', action: method, resource: `method:${method}` }];
  }
}

function referred(ref: unknown): string {
  if (!isObject(ref)) return 'prompt:';
  return ref['type'] === 'ref/resource' ? `resource:${textOf(ref['uri'])}` : `prompt:${textOf(ref['name'])}`;
}

function subscribed({ notifications }: Params): Effect[] {
  const uris = isObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  return (Array.isArray(uris) ? uris : []).map((uri) => ({
    kind: 'read',
    action: 'resources/subscribe',
    resource: `resource:${textOf(uri)}`,
  }));
}

function contextOf(meta: unknown): unknown {
  if (!isObject(meta)) return null;
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !aboutDelivery.has(key)));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
