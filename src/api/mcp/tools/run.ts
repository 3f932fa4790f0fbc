import { z } from 'zod';
import { SallyportError } from '../../../core/errors.ts';
import type { UpstreamTarget } from '../../../core/target.ts';
import { visible } from '../../contract/visible.ts';
import type { OwnDoor } from '../../parts.ts';
import type { Answer } from '../answer.ts';
import { asData, lines } from '../answer.ts';
import type { Act, Asker } from '../asker.ts';
import { sendRequest, type TargetAnswer } from '../http-request.ts';
import { targetFor } from '../places.ts';
import { refused } from '../refusal.ts';
import { runStatement, type ServerError, type SqlAnswer } from '../sql.ts';

/** Below the minute that clients of MCP wait for an answer. */
const timeoutMs = 45_000;
const rowsDefault = 50;
const rowsMax = 500;
/** About 10,000 tokens of a model. */
const charsMax = 32_768;
/** Of one value, so that one long text does not take the room of all others. */
const valueCharsMax = 2_000;

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export const runArguments = z.strictObject({
  target: z.string().describe('as list_targets names it'),
  sql: z
    .string()
    .min(1)
    .optional()
    .describe('for postgres targets: one statement, with $1, $2 … for parameters'),
  parameters: z
    .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .max(1_000)
    .optional()
    .describe('for $1, $2 …'),
  rows: z
    .int()
    .min(1)
    .max(rowsMax)
    .optional()
    .describe(`how many rows to show at most; ${rowsDefault} if left out`),
  method: z.enum(methods).optional().describe('for http targets'),
  path: z
    .string()
    .regex(
      /^\/[\x21\x22\x24-\x7e]*$/,
      'must begin with / and have no blanks, # or letters that need escaping',
    )
    .optional()
    .describe('for http targets: path and query, from the root of the target'),
  body: z.string().optional().describe('for http targets'),
  content_type: z
    .string()
    .regex(/^[\x20-\x7e]{1,200}$/)
    .optional()
    .describe('of body; application/json if left out'),
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .describe('for http targets: a request with the same key goes out once'),
});
export type RunArguments = z.infer<typeof runArguments>;

/** One command on one target. */
export const run: Act<RunArguments> = async (parts, asker, args) => {
  const target = targetFor(parts, asker.caller, args.target);
  const { protocol, name } = target;
  if (protocol !== 'postgres' && protocol !== 'http') throw elsewhere(target, parts.addressOf(target));
  const door = parts.errands.door(protocol);
  if (door === undefined) throw closed(target);
  const pass = parts.errands.pass({ token: asker.token, target: name, client: asker.client });
  const way = { door, pass, target: name, timeoutMs, signal: asker.signal };
  return protocol === 'postgres' ? byStatement(way, args) : byRequest(way, args);
};

interface Way extends Pick<Asker, 'signal'> {
  readonly door: OwnDoor;
  readonly pass: string;
  readonly target: string;
  readonly timeoutMs: number;
}

async function byStatement(way: Way, args: RunArguments): Promise<Answer> {
  const { sql, parameters = [], rows = rowsDefault } = args;
  mustNotHave(args, ['method', 'path', 'body', 'content_type', 'idempotency_key'], 'sql');
  if (sql === undefined) throw lacks('sql', way.target);
  const outcome = await runStatement({
    ...way,
    text: sql,
    parameters: parameters.map((value) => (value === null ? null : String(value))),
    rowsMax: rows,
    charsMax,
  });
  if ('refusal' in outcome) return refused(outcome.refusal, way.target);
  return 'error' in outcome ? failed(outcome.error) : rowsAnswer(way.target, outcome.answer);
}

function rowsAnswer(target: string, { tag, columns, rows, isCut }: SqlAnswer): Answer {
  const shown = rows.map((row) => row.map((value) => (value === null ? null : clipped(visible(value)))));
  const cut = `Done. These are the first ${rows.length} rows: there are more. Ask for fewer columns or rows, or raise "rows".`;
  return {
    text: lines(
      isCut ? cut : `Done: ${tag ?? 'nothing to tell'}.`,
      columns.length === 0
        ? undefined
        : asData(target, [columns.join(' | '), ...shown.map((row) => JSON.stringify(row))]),
    ),
    data: {
      status: 'done',
      ...(tag === undefined ? {} : { tag }),
      columns: columns.map(visible),
      rows: shown,
      cut: isCut,
    },
  };
}

function failed({ sqlState, message, hint }: ServerError): Answer {
  const said = [message, ...(hint === undefined ? [] : [`HINT: ${hint}`])].map(visible);
  return {
    text: lines(`The database refused it (SQLSTATE ${sqlState}).`, asData('the database', said)),
    data: { status: 'failed', sqlState, message: said[0] },
    isError: true,
  };
}

async function byRequest(way: Way, args: RunArguments): Promise<Answer> {
  const { method, path, body, content_type: type = 'application/json', idempotency_key: key } = args;
  mustNotHave(args, ['sql', 'parameters', 'rows'], 'method and path');
  if (method === undefined || path === undefined) throw lacks('method and path', way.target);
  const outcome = await sendRequest({
    ...way,
    method,
    path,
    body,
    headers: {
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    bytesMax: charsMax,
  });
  return 'refusal' in outcome ? refused(outcome.refusal, way.target) : bodyAnswer(way.target, outcome.answer);
}

function bodyAnswer(target: string, { status, type, body, isCut }: TargetAnswer): Answer {
  const isText = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|x-ndjson|x-www-form-urlencoded))/i.test(
    type,
  );
  const text = isText ? body.toString() : undefined;
  const cut = isCut ? `Cut after ${charsMax} bytes: there is more. Ask for less at a time.` : undefined;
  const unshown =
    text === undefined && body.length > 0
      ? `A body of ${visible(type) || 'no type'} is not shown.`
      : undefined;
  return {
    text: lines(
      `Done: status ${status}.`,
      cut,
      unshown,
      text === undefined || text === '' ? undefined : asData(target, text.split('\n')),
    ),
    data: {
      status: 'done',
      http: status,
      type: visible(type),
      ...(text === undefined ? {} : { body: visible(text) }),
      cut: isCut,
    },
  };
}

function clipped(text: string): string {
  if (text.length <= valueCharsMax) return text;
  return `${text.slice(0, valueCharsMax)}… (cut: ${text.length} characters)`;
}

function mustNotHave(args: RunArguments, names: readonly (keyof RunArguments)[], instead: string): void {
  const found = names.find((name) => args[name] !== undefined);
  if (found === undefined) return;
  throw new SallyportError('protocol', `Sallyport: "${found}" means nothing to this target`, {
    hint: `It takes ${instead}.`,
  });
}

function lacks(what: string, target: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: ${target} wants ${what}`);
}

function elsewhere({ name, protocol }: UpstreamTarget, address: string | undefined): SallyportError {
  const where = address === undefined ? '' : ` at ${address}`;
  return new SallyportError('protocol', `Sallyport: run does not speak ${protocol}`, {
    hint: `Reach ${name} with clients of its own${where}, by the same token.`,
  });
}

function closed({ name }: UpstreamTarget): SallyportError {
  return new SallyportError('upstream_unavailable', `Sallyport: no port is open for ${name}`, {
    hint: 'Whoever keeps sallyport.yaml opens one under listen.',
  });
}
