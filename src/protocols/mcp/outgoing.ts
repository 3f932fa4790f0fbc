import type { Command } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import { canonical, foldKey, isObject, parseStrict } from '../../wire/mcp/exact-json.ts';
import type { Params, Request } from '../../wire/mcp/json-rpc.ts';
import { uriProblem } from '../../wire/mcp/names.ts';
import type { Tool } from './catalog.ts';
import { argumentsOf, commandOf } from './command.ts';
import type { At } from './exchange.ts';
import { argumentCheck } from './schema.ts';
import type { Conversation } from './sessions.ts';

/** A request as it goes to the server. */
export interface Outgoing {
  /** In place of those that came. */
  readonly params: Params;
  /** What stands in place of tokens. */
  readonly values: readonly string[];
}

/** With values in place of its tokens; the refusal where one of them may not be turned back. */
export function outgoing(at: At, request: Request, command: Command): Outgoing | SallyportError {
  const { params, method } = request;
  const { arguments: args, ...rest } = params;
  const tokens = at.it.tokens();
  try {
    tokens.read(Buffer.from(canonical(rest)));
    if (args === undefined) return { params: {}, values: [] };
    const tool = method === 'tools/call' ? `tool:${String(params['name'])}` : undefined;
    const { document, values } = tokens.read(Buffer.from(canonical(args)), tool);
    const sent = { arguments: parseStrict(document.toString()) };
    return (
      refusedAsSent(at, { ...request, params: { ...params, ...sent } }, command, values) ?? {
        params: sent,
        values,
      }
    );
  } catch (error) {
    if (error instanceof SallyportError) return error;
    throw error;
  }
}

/** Why what goes out is refused although what came, with tokens in it, would not be: rules see both. */
function refusedAsSent(
  { parts, it: { session } }: At,
  sent: Request,
  command: Command,
  values: readonly string[],
): SallyportError | undefined {
  if (values.length === 0) return undefined;
  const { identity, target } = session;
  const isRead = command.effects.every(({ kind }) => kind === 'read');
  const [before, after] = [command, commandOf(sent, () => isRead)].map((each) =>
    parts.policy().decide(identity, target, each, session),
  );
  if (after?.kind === 'allow') return undefined;
  if (after?.kind === 'hold' && JSON.stringify(before?.rules) === JSON.stringify(after.rules))
    return undefined;
  return new SallyportError(
    'denied',
    'Sallyport: with the value behind its token, this would be another call, which no rule allows',
    { hint: 'Ask whoever keeps sallyport.yaml.' },
  );
}

/** Why a request is refused whatever the rules say; undefined where it is not. */
export async function notFit(
  conversation: Conversation,
  { method, params }: Request,
  tool: Tool | undefined,
  out: Outgoing | SallyportError,
): Promise<SallyportError | undefined> {
  if (method.startsWith('notifications/')) {
    return new SallyportError('protocol', `Sallyport: ${method} is a notification, which has no id`);
  }
  if (params['task'] !== undefined) {
    return new SallyportError('denied', 'Sallyport: a call may not be made a task', {
      hint: 'Call it without "task" and wait for its result.',
    });
  }
  if ('arguments' in params && !isObject(params['arguments'])) {
    return new SallyportError('protocol', 'Sallyport: arguments must be an object');
  }
  const problem = typeof params['uri'] === 'string' ? uriProblem(params['uri']) : undefined;
  if (problem !== undefined) {
    return new SallyportError('protocol', `Sallyport: this address of a resource is not plain: ${problem}`, {
      hint: 'Write it as resources/list does.',
    });
  }
  if (tool === undefined) {
    if (method !== 'tools/call') return undefined;
    return new SallyportError('not_found', 'Sallyport: the server has no tool of this name', {
      hint: 'tools/list names those that are open to you. Capitals count, and so do look-alike letters.',
    });
  }
  const refusal = await conversation.catalog.refusal(tool);
  if (refusal !== undefined || out instanceof SallyportError) return refusal;
  const args = argumentsOf({ ...params, ...out.params }) ?? {};
  const complaint = twinOf(args, tool.inputSchema) ?? argumentCheck(tool.digest, tool.inputSchema)(args);
  return complaint === undefined
    ? undefined
    : new SallyportError('syntax', `Sallyport: ${complaint}`, {
        hint: `Call ${tool.name} with arguments as its inputSchema says.`,
      });
}

/** A server that reads keys loosely would take it for an argument that the rules did not see under its name. */
function twinOf(args: Readonly<Record<string, unknown>>, schema: unknown): string | undefined {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  const names = isObject(properties) ? Object.keys(properties) : [];
  const twin = Object.keys(args).find(
    (key) => !names.includes(key) && names.some((name) => foldKey(name) === foldKey(key)),
  );
  return twin === undefined
    ? undefined
    : `the argument "${twin.slice(0, 60)}" must be written as the schema has it`;
}
