import { Readable } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { Permit } from '../../core/govern.ts';
import type { AwsKeys, AwsNeed } from '../../core/ports.ts';
import { release } from '../../core/release.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { signingKey } from '../../wire/aws/sigv4.ts';
import { EchoFilter } from '../../masking/echo.ts';
import { wholeBodyBytesMax } from '../http/body.ts';
import { resultOf } from '../http/exchange.ts';
import { cutBy, refusalOf, refuseWith } from '../http/refusing.ts';
import { boundBy, within } from '../http/under-way.ts';
import type { Seen } from '../http/seen-body.ts';
import type { Upstreams } from '../http/upstream.ts';
import type { ProtocolParts } from '../protocol.ts';
import { answer } from './answer.ts';
import { awsAskedOf, type AwsAsked } from './asked.ts';
import { commandOf, type Understood } from './command.ts';
import { endpointOf } from './endpoint.ts';
import { awsError, type ErrorForm } from './errors.ts';
import { maskOf } from './masks.ts';
import { needOf } from './need.ts';
import { formOf, operationOf, type Operation } from './operation.ts';
import { outgoing } from './outgoing.ts';
import { payloadKind, signedPayload, streamedPayload, wholePayload, type Payload } from './payload.ts';
import { claimOf, secretOf } from './proof.ts';
import { provenOf, type Proven } from './proven.ts';
import type { AwsSession, AwsSessions } from './sessions.ts';
import { mustBeInRegion, targetOf } from './ticket-target.ts';

export interface Shared {
  readonly parts: ProtocolParts;
  readonly sessions: AwsSessions;
  readonly upstreams: Upstreams;
}

/** One request, from its first byte to the end of its answer. */
export async function exchange(shared: Shared, request: WebRequest, response: WebResponse): Promise<void> {
  const { parts } = shared;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished)
      gone.abort(new SallyportError('closed', 'Sallyport: the client went away'));
  });
  let form: ErrorForm = 'json';
  try {
    const asked = awsAskedOf(request);
    form = formOf(
      asked,
      /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(asked.fields.get('authorization') ?? '')?.[1],
    );
    const proven = await provenOf(parts, { asked, claim: claimOf(asked) }, request, response);
    const session = await sessionOf(shared, proven);
    await within(parts, session, () => run(shared, session, proven, response, gone));
  } catch (error) {
    const why: unknown = gone.signal.aborted ? gone.signal.reason : error;
    // In the service's own form, so that SDKs show it.
    refuseWith(parts, response, why, (refusal) => awsError(refusal, form));
  }
}

async function sessionOf({ parts, sessions }: Shared, { asked, ticket }: Proven): Promise<AwsSession> {
  const target = await targetOf(parts, ticket);
  const application = asked.fields.get('user-agent')?.slice(0, 200);
  return sessions.of({
    token: ticket,
    target,
    client: asked.client,
    ...(application === undefined ? {} : { application }),
  });
}

/** A request, read as far as rules want it. */
interface Reading {
  readonly asked: AwsAsked;
  readonly operation: Operation;
  readonly payload: Payload;
  readonly understood: Understood;
  /** Nobody could be shown all of it. */
  readonly isLong: boolean;
}

async function run(
  shared: Shared,
  it: AwsSession,
  proven: Proven,
  response: WebResponse,
  gone: AbortController,
): Promise<void> {
  const reading = await read(it, proven);
  const { understood } = reading;
  const { session } = it;
  if (reading.isLong) mustNotBeHeld(shared.parts, session, understood);
  const waiting = { held: () => undefined, signal: gone.signal };
  const ruling = await shared.parts.governor.govern(session, understood.command, () => waiting);
  if (ruling instanceof SallyportError) throw ruling.code === 'undisclosable' ? asOfItems(ruling) : ruling;
  await send(shared, it, { reading, proven, permit: ruling }, response, gone);
}

/** What to do instead, in the words of DynamoDB. */
function asOfItems({ code, message, detail }: SallyportError): SallyportError {
  const hint =
    'Ask for items by their keys or by equality; hidden attributes come back masked. Or ask for a rule with "reveal".';
  return new SallyportError(code, message, { hint, detail });
}

async function read({ session }: AwsSession, { asked, claim, ticket, body, word }: Proven): Promise<Reading> {
  const { scope, signature: seed } = claim.authorization;
  const { address } = session.target;
  mustBeInRegion(session.target, scope);
  const isS3 = scope.service === 's3';
  const kind = payloadKind(word, { fields: asked.fields, isSecure: asked.isSecure, isS3 });
  const signing = { key: signingKey(secretOf(ticket), scope), scope, date: claim.date, seed };
  const isWhole = body === undefined || 'whole' in body;
  const whole = isWhole ? wholePayload(kind, body?.whole, signing) : undefined;
  const operation = await operationOf(asked, whole?.body, scope);
  const shown = (whole?.body?.length ?? 0) <= wholeBodyBytesMax ? whole?.body : undefined;
  const at = { region: scope.region, account: address.account };
  const understood = await commandOf(asked, operation, shown, at);
  const decodedBytes = lengthOf(asked.fields.get('x-amz-decoded-content-length'));
  const payload =
    whole === undefined && body !== undefined && !('whole' in body)
      ? streamedPayload(kind, body, { signing, decodedBytes })
      : signedPayload(whole?.body, whole?.fields ?? []);
  return { asked, operation, payload, understood, isLong: shown === undefined && body !== undefined };
}

async function send(
  { parts, upstreams }: Shared,
  it: AwsSession,
  by: { readonly reading: Reading; readonly proven: Proven; readonly permit: Permit },
  response: WebResponse,
  gone: AbortController,
): Promise<void> {
  const { session, detect } = it;
  const { asked, operation, payload, understood } = by.reading;
  const { plan, limits, command, allowance } = by.permit;
  parts.live.limit(session, limits);
  const mask = maskOf(plan, { operation, ...understood }, { keys: it.maskKeys, detect: detect() });
  await release(parts.journal, by.permit);
  const seen: Seen = { bytes: 0, masked: 0, first: [], firstBytesMax: parts.record.bytes };
  const note = (outcome: { tag: string } | { error: string; because?: string }): void =>
    parts.journal.note({
      type: 'result',
      session: session.id,
      command,
      rows: 0,
      ...outcome,
      ...resultOf(seen, parts.record.bytes),
    });
  const unbound = boundBy(gone, session, limits.statementMs);
  try {
    const looks = (mask.json ?? mask.text) !== undefined;
    if (looks) mustNotRename(asked, operation);
    const isRead = understood.command.effects.every(({ kind }) => kind === 'read');
    const keys = await it.keys.for(await needHere(parts, session, understood.command));
    const endpoint = endpointOf(session.target.address, operation.host);
    const { path, query, fields } = outgoing(
      looks && isRead ? withoutGuesses(asked) : asked,
      by.proven.claim,
      payload,
      {
        keys,
        host: new URL(endpoint.url).host,
        nowMs: parts.clock.now(),
      },
    );
    const upstream = await upstreams.request(endpoint, {
      asked: { ...nowhere, method: asked.method, path, query },
      fields,
      credential: nothingAdded,
      body: bodyFor(payload),
      signal: gone.signal,
    });
    await answer(response, upstream, {
      method: asked.method,
      isRead,
      uninspected: session.target.address.uninspected,
      mask,
      echo: echoOf(keys),
      seen,
      allowance,
    });
    note({ tag: String(upstream.statusCode) });
  } catch (error) {
    const refusal = refusalOf(error, gone.signal);
    note(cutBy(refusal));
    throw refusal;
  } finally {
    unbound();
  }
}

/** S3 answers with whatever type or coding it is asked for; what is looked into by its type must have its own. */
function mustNotRename({ target }: AwsAsked, { service }: Operation): void {
  const found = target.query.find(([name]) => /^response-content-(?:type|encoding)$/.test(name));
  const isSelect = service === 's3' && target.query.some(([name]) => name === 'select');
  if (found === undefined && !isSelect) return;
  const what = found === undefined ? 'S3 Select, which answers with a stream of events,' : found[0];
  throw new SallyportError(
    'undisclosable',
    `Sallyport: ${what} is refused where answers are looked into for what is hidden`,
    { hint: 'Ask for the object as it is.' },
  );
}

/** Whether an object has changed since is a question about its digest, which would confirm a guess at what is hidden in it. */
function withoutGuesses(asked: AwsAsked): AwsAsked {
  const fields = [...asked.fields].filter(([name]) => name !== 'if-match' && name !== 'if-none-match');
  return { ...asked, fields: new Map(fields) };
}

/** What a request has besides on other ways to its target. */
const nowhere = { fields: [], target: '', way: { by: 'path', prefix: '' }, client: '', token: '' } as const;
const nothingAdded = { headers: new Map<string, string>(), query: new Map<string, string>(), secrets: [] };

function bodyFor({ body }: Payload): Buffer | Readable | null {
  if (body === undefined || Buffer.isBuffer(body)) return body ?? null;
  return Readable.from(body, { objectMode: false });
}

const echoes = new WeakMap<AwsKeys, EchoFilter>();

function echoOf(keys: AwsKeys): EchoFilter {
  let echo = echoes.get(keys);
  if (echo === undefined) echoes.set(keys, (echo = new EchoFilter(keys.secrets)));
  return echo;
}

function needHere(
  parts: ProtocolParts,
  session: AwsSession['session'],
  command: Understood['command'],
): Promise<AwsNeed> {
  const { rules } = parts.policy().decide(session.identity, session.target, command, session);
  return needOf(command.effects, parts.policy().resourcesOf(rules));
}

function lengthOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What people agree to is what runs, so they must have seen all of it. */
function mustNotBeHeld(parts: ProtocolParts, session: AwsSession['session'], { command }: Understood): void {
  const verdict = parts.policy().decide(session.identity, session.target, command, session);
  if (verdict.kind !== 'hold') return;
  throw new SallyportError(
    'too_large',
    `Sallyport: a request that waits for people may have a body of ${wholeBodyBytesMax} bytes`,
    { hint: 'Send less at a time: in parts, or smaller ones.', detail: { rules: verdict.rules } },
  );
}
