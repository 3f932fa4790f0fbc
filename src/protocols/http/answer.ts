import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Allowance } from '../../core/budget.ts';
import { SallyportError } from '../../core/errors.ts';
import type { KeptAnswer } from '../../core/sent.ts';
import type { HttpTarget } from '../../core/target.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import type { WebResponse } from '../../transport/web-message.ts';
import { fieldsForClient, fieldValue, trailersForClient, type Field } from '../../wire/http/headers.ts';
import { bodyKind, type BodyKind } from '../../wire/http/media-type.ts';
import { atEndOfTurn } from './end-of-turn.ts';
import type { Asked, Way } from './request.ts';
import { seenBody, seenWhole } from './seen-body.ts';
import type { Seen } from './seen-body.ts';
import { wholeBytesMax, type TargetAnswer } from './target-answer.ts';

/** What an answer passes through on its way to the client. */
export interface AnswerParts {
  readonly asked: Asked;
  readonly target: HttpTarget;
  readonly mask: AnswerMask;
  readonly echo: EchoFilter;
  readonly seen: Seen;
  /** What budgets leave for it. */
  readonly allowance: Allowance | undefined;
}

/** The pages of a target have no power over anything else that this port serves, nor it over them. */
const guards: readonly Field[] = [
  ['content-security-policy', 'sandbox'],
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-resource-policy', 'same-origin'],
];

/**
 * Sends an answer on, masked; the header fields that went before it.
 * @throws SallyportError `undisclosable` for one that nothing can look into; nothing of it is then sent
 */
export async function answer(
  response: WebResponse,
  upstream: TargetAnswer,
  parts: AnswerParts,
): Promise<readonly Field[]> {
  const { asked, target, mask, echo, seen, allowance } = parts;
  const { statusCode: status } = upstream;
  const all = fieldsOfAnswer(upstream.headers);
  const hasBody = asked.method !== 'HEAD' && status !== 204 && status !== 304;
  const looks = (mask.json ?? mask.text) !== undefined;
  const inspected = hasBody && looks;
  const decoder =
    hasBody && (inspected || !echo.isIdle) ? decoderFor(fieldValue(all, 'content-encoding')) : 'none';
  const kind = status === 206 ? 'other' : bodyKind(fieldValue(all, 'content-type'));
  const blind = decoder === 'unknown' || kind === 'other' || (kind === 'text' && mask.wantsJson);
  const changes = inspected && !blind;
  const digests = looks && (!hasBody || !blind) ? ofBytes : nothing;
  const fields = changedFields(all, { digests, decoded: decoder !== 'none', target, parts });
  if (!hasBody) {
    response.writeHead(status, heads(fields)).end();
    if (!Buffer.isBuffer(upstream.body)) upstream.body.resume();
    return fields;
  }
  const takesTrailers = /(?:^|[\s,])trailers\s*(?:,|$)/i.test(fieldValue(asked.fields, 'te') ?? '');
  const trailers = (): readonly Field[] =>
    takesTrailers ? cleanTrailers(upstream.trailers(), digests, parts) : [];
  const refused = inspected && blind && target.address.uninspected === 'refuse';
  if (Buffer.isBuffer(upstream.body) && decoder === 'none' && !refused && isOnePiece(changes, kind)) {
    const spent = allowance?.boundsAnswer === true ? allowance.spend(upstream.body.length, 0) : undefined;
    if (spent !== undefined) throw spent;
    const whole = seenWhole(upstream.body, changes ? kind : 'other', { mask, echo, seen });
    sendWhole(response, { status, fields, trailers: trailers() }, whole);
    return fields;
  }
  const body = Buffer.isBuffer(upstream.body) ? Readable.from([upstream.body]) : upstream.body;
  const source = typeof decoder === 'string' ? body : body.compose(decoder);
  const counted = allowance?.boundsAnswer === true ? bounded(source, allowance) : source;
  const chunks = seenBody(counted, changes ? kind : 'other', { mask, echo, seen });
  if (refused) {
    // An answer without a body has nothing to look into, whatever it says it is.
    if ((await chunks.next()).done === true) {
      response.writeHead(status, heads(fields)).end();
      return fields;
    }
    body.destroy();
    [seen.bytes, seen.first.length] = [0, 0];
    throw uninspected(fieldValue(all, 'content-type'));
  }
  const isShort = Number(fieldValue(all, 'content-length') ?? Infinity) <= wholeBytesMax;
  const waits = isShort || (changes && ['json', 'form', 'text'].includes(kind));
  const [first, second] = waits ? [await chunks.next(), await chunks.next()] : [];
  if (first !== undefined && second?.done === true) {
    sendWhole(response, { status, fields, trailers: trailers() }, first.value ?? Buffer.alloc(0));
    return fields;
  }
  response.writeHead(status, heads(fields));
  const rest = (async function* () {
    yield* behind([first, second], chunks);
    response.addTrailers(Object.fromEntries(trailers()));
  })();
  await pipeline(Readable.from(rest, { objectMode: false }), response);
  return fields;
}

/** What is looked into line by line is so however short it is. */
function isOnePiece(changes: boolean, kind: BodyKind): boolean {
  return !changes || (kind !== 'events' && kind !== 'json-lines');
}

function sendWhole(
  response: WebResponse,
  { status, fields, trailers }: { status: number; fields: readonly Field[]; trailers: readonly Field[] },
  bytes: Buffer,
): void {
  // A length would leave no room for trailers (RFC 9112 §7.1.2).
  const length = trailers.length > 0 ? [] : [['content-length', String(bytes.length)] as const];
  response.writeHead(status, heads([...fields, ...length]));
  if (trailers.length > 0) response.addTrailers(Object.fromEntries(trailers));
  atEndOfTurn(() => {
    // A short text goes with the head, in one write; each byte of it is one character of Latin-1.
    if (bytes.length <= wholeBytesMax) response.end(bytes.toString('latin1'), 'latin1');
    else response.end(bytes);
  });
}

/** As the target says it, unpacked where it is looked into; HTTP knows no rows. @throws SallyportError `limit_budget` */
async function* bounded(source: AsyncIterable<Buffer>, allowance: Allowance): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const spent = allowance.spend(chunk.length, 0);
    if (spent !== undefined) throw spent;
    yield chunk;
  }
}

function cleanTrailers(
  trailers: TargetAnswer['headers'],
  digests: ReadonlySet<string>,
  { mask, echo, seen }: AnswerParts,
): Field[] {
  return trailersForClient(fieldsOfAnswer(trailers))
    .filter(([name]) => !digests.has(name))
    .map(([name, value]) => [name, cleaned(value, { mask, echo, seen })]);
}

/** What was answered to the same request before. */
export function answerAgain(response: WebResponse, { status, fields, body }: KeptAnswer): void {
  const length = body.length === 0 ? [] : [['content-length', String(body.length)] as const];
  response.writeHead(status, heads([...fields, ...length, ['sallyport-repeated', 'true']])).end(body);
}

async function* behind(
  results: readonly (IteratorResult<Buffer, void> | undefined)[],
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  for (const result of results) if (result?.done === false) yield result.value;
  yield* rest;
}

function heads(fields: readonly Field[]): string[] {
  return [...fields, ...guards].flat();
}

function fieldsOfAnswer(headers: TargetAnswer['headers']): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') fields.push([name, value]);
    else for (const one of value ?? []) fields.push([name, one]);
  }
  return fields;
}

/**
 * Digests are of what the upstream sent, and parts of it are not offered where it is looked into. Nor without it: they
 * would tell of what is hidden in the answer to GET.
 */
const ofBytes: ReadonlySet<string> = new Set(
  'content-md5 digest content-digest repr-digest want-digest accept-ranges content-range etag'.split(' '),
);
const nothing: ReadonlySet<string> = new Set();

function changedFields(
  all: readonly Field[],
  it: { digests: ReadonlySet<string>; decoded: boolean; target: HttpTarget; parts: AnswerParts },
): Field[] {
  return fieldsForClient(all)
    .filter(([name]) => !it.digests.has(name) && !(it.decoded && name === 'content-encoding'))
    .map(([name, value]): Field => {
      const place =
        name === 'location' || name === 'content-location'
          ? localPlace(value, it.target, it.parts.asked.way)
          : value;
      return [name, cleaned(place, it.parts)];
    });
}

function cleaned(value: string, { mask, echo, seen }: Pick<AnswerParts, 'mask' | 'echo' | 'seen'>): string {
  const found = mask.text && !isClean(mask.text, value) ? mask.text.apply(value) : undefined;
  if (found?.found === 0 && mask.text !== undefined) remember(mask.text, value);
  seen.masked += found?.found ?? 0;
  return echo.text(found?.text ?? value).text;
}

/** Most fields of answers have one of a few values, again and again: those in which nothing was found, by detectors. */
const cleanValues = new WeakMap<DetectorSet, Set<string>>();
const cleanMax = 500;
const cleanLengthMax = 100;

function isClean(detectors: DetectorSet, value: string): boolean {
  return cleanValues.get(detectors)?.has(value) === true;
}

function remember(detectors: DetectorSet, value: string): void {
  if (value.length > cleanLengthMax) return;
  let known = cleanValues.get(detectors);
  if (known === undefined) cleanValues.set(detectors, (known = new Set()));
  if (known.size >= cleanMax) known.clear();
  known.add(value);
}

/** The target's own addresses, as the client reaches them. */
function localPlace(place: string, { address: { url } }: HttpTarget, way: Way): string {
  if (way.by === 'proxy') return place;
  const base = new URL(url);
  const found = URL.parse(place, base);
  const root = base.pathname === '/' ? '' : base.pathname;
  const isOwn = found !== null && found.origin === base.origin && `${found.pathname}/`.startsWith(`${root}/`);
  return isOwn ? `${way.prefix}${found.pathname.slice(root.length)}${found.search}${found.hash}` : place;
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

function decoderFor(encoding = 'identity'): Decoder | 'none' | 'unknown' {
  switch (encoding.trim().toLowerCase()) {
    case 'identity':
    case '':
      return 'none';
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    default:
      return 'unknown';
  }
}

function uninspected(type: string | undefined): SallyportError {
  return new SallyportError(
    'undisclosable',
    'Sallyport: this answer cannot be looked into for what is hidden from you',
    {
      hint: `It comes as ${type ?? 'no type at all'}. Ask for JSON (Accept: application/json), or ask whoever keeps sallyport.yaml for uninspected: pass.`,
    },
  );
}
