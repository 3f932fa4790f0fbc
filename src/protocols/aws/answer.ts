import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import type { WebResponse } from '../../transport/web-message.ts';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import type { Allowance } from '../../core/budget.ts';
import { SallyportError } from '../../core/errors.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import { fieldsForClient, fieldValue, type Field } from '../../wire/http/headers.ts';
import { bodyKind } from '../../wire/http/media-type.ts';
import { seenBody, type Seen } from '../http/seen-body.ts';

/** What an answer passes through on its way to the client. */
export interface AnswerParts {
  readonly method: string;
  /** Something is only read, so that what the answer tells of bytes is of the target's, not of the client's own. */
  readonly isRead: boolean;
  readonly uninspected: 'refuse' | 'pass';
  readonly mask: AnswerMask;
  readonly echo: EchoFilter;
  readonly seen: Seen;
  /** What budgets leave for it. */
  readonly allowance: Allowance | undefined;
}

/** They are of what the target sent, and would confirm a guess at what is hidden. */
const digests = /^(?:content-md5|etag|x-amz-crc32|x-amz-checksum-.*|content-range|accept-ranges)$/;

/** A page in a bucket has no power over anything that this port serves. */
const guards: readonly Field[] = [
  ['content-security-policy', 'sandbox'],
  ['x-content-type-options', 'nosniff'],
];

/**
 * Sends an answer on, masked.
 * @throws SallyportError `undisclosable` for one that nothing can look into; nothing of it is then sent
 */
export async function answer(
  response: WebResponse,
  upstream: Dispatcher.ResponseData,
  { method, isRead, uninspected, mask, echo, seen, allowance }: AnswerParts,
): Promise<void> {
  const { statusCode: status } = upstream;
  const all = fieldsOf(upstream.headers);
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const looks = (mask.json ?? mask.text) !== undefined;
  const type = fieldValue(all, 'content-type');
  const isPlain = (fieldValue(all, 'content-encoding') ?? 'identity') === 'identity';
  const isPart = status === 206;
  const [first, source] = looks && hasBody ? await beginning(upstream.body) : [undefined, upstream.body];
  const said = isPlain ? bodyKind(type) : 'other';
  // Whoever puts an object somewhere says what type it is: what reads as a text is looked into as one.
  const readAs = said === 'other' && isPlain && first !== undefined && isText(first) ? 'text' : said;
  // Several parts are a text of their own between texts.
  const hasTexts = readAs !== 'other' || /^multipart\//i.test(type ?? '');
  if (looks && isPart && hasTexts) {
    upstream.body.destroy();
    throw blind(`${type ?? 'a text'}, in parts`);
  }
  const kind = isPart ? 'other' : readAs;
  const isBlind = kind === 'other' || (mask.wantsJson && kind !== 'json');
  const length = fieldValue(all, 'content-length');
  const changes = looks && hasBody && !isBlind;
  const fields = fieldsForClient(all)
    .filter(
      ([name]) => !(digests.test(name) && (changes || (looks && !hasBody)) && (isRead || name !== 'etag')),
    )
    .map(([name, value]): Field => [name, echo.text(mask.text?.apply(value).text ?? value).text]);
  if (!hasBody) {
    // Clients go by the length of what HEAD tells of.
    const told: Field[] = method === 'HEAD' && length !== undefined ? [['content-length', length]] : [];
    response.writeHead(status, [...fields, ...told, ...guards].flat()).end();
    await upstream.body.dump();
    return;
  }
  const body = seenBody(counted(source, allowance), changes ? kind : 'other', { mask, echo, seen });
  if (looks && isBlind && uninspected === 'refuse') {
    if ((await body.next()).done !== true) {
      upstream.body.destroy();
      [seen.bytes, seen.first.length] = [0, 0];
      throw blind(type);
    }
    response.writeHead(status, [...fields, ['content-length', '0'] as const, ...guards].flat()).end();
    return;
  }
  // Of what is looked into, an error may come before any of it is shown.
  const shown = await body.next();
  const told: Field[] = !changes && length !== undefined ? [['content-length', length]] : [];
  response.writeHead(status, [...fields, ...told, ...guards].flat());
  await pipeline(Readable.from(behind(shown, body), { objectMode: false }), response);
}

async function* behind(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** The first of a body, and all of it. */
async function beginning(
  body: AsyncIterable<Buffer>,
): Promise<readonly [first: Buffer | undefined, all: AsyncIterable<Buffer>]> {
  const chunks = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return [undefined, Readable.from([])];
  return [first.value, again(first.value, { [Symbol.asyncIterator]: () => chunks })];
}

async function* again(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** Whether bytes read as a text: UTF-8, but for a character that is cut off, and no NUL. */
function isText(bytes: Buffer): boolean {
  const some = bytes.subarray(0, 4096);
  const cut = [0, 1, 2, 3].find((less) => isUtf8(some.subarray(0, some.length - less)));
  return cut !== undefined && !some.includes(0);
}

async function* counted(
  source: AsyncIterable<Buffer>,
  allowance: Allowance | undefined,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const spent = allowance?.boundsAnswer === true ? allowance.spend(chunk.length, 0) : undefined;
    if (spent !== undefined) throw spent;
    yield chunk;
  }
}

function fieldsOf(headers: Dispatcher.ResponseData['headers']): Field[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((one): Field => [name, one]),
  );
}

function blind(type: string | undefined): SallyportError {
  return new SallyportError(
    'undisclosable',
    'Sallyport: this answer cannot be looked into for what is hidden from you',
    {
      hint: `It comes as ${type ?? 'no type at all'}, in a part or encoded. Ask for a whole text, or ask whoever keeps sallyport.yaml for uninspected: pass.`,
    },
  );
}
