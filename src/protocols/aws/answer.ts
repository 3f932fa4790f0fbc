import { Readable } from 'node:stream';
import type { WebResponse } from '../../transport/web-message.ts';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
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
  { method, isRead, uninspected, mask, echo, seen }: AnswerParts,
): Promise<void> {
  const { statusCode: status } = upstream;
  const all = fieldsOf(upstream.headers);
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const looks = (mask.json ?? mask.text) !== undefined;
  const type = fieldValue(all, 'content-type');
  const isPlain = (fieldValue(all, 'content-encoding') ?? 'identity') === 'identity';
  const kind = status === 206 || !isPlain ? 'other' : bodyKind(type);
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
  const body = seenBody(upstream.body, changes ? kind : 'other', { mask, echo, seen });
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
  const first = await body.next();
  const told: Field[] = !changes && length !== undefined ? [['content-length', length]] : [];
  response.writeHead(status, [...fields, ...told, ...guards].flat());
  await pipeline(Readable.from(behind(first, body), { objectMode: false }), response);
}

async function* behind(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
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
