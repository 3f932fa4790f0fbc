import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import type { Event } from '../../core/event.ts';
import { recordedValue } from '../../core/recorded.ts';
import type { Permit } from '../../core/govern.ts';
import { Members } from '../../core/members.ts';
import { refusalBody, statusOf } from '../../core/http-status.ts';
import { release } from '../../core/release.ts';
import type { Journal, RequestCredential } from '../../core/ports.ts';
import type { Session } from '../../core/session.ts';
import type { KeptAnswer } from '../../core/sent.ts';
import { EchoFilter } from '../../masking/echo.ts';
import { JsonStreamError } from '../../masking/json-stream.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { fieldValue } from '../../wire/http/headers.ts';
import type { ProtocolParts } from '../protocol.ts';
import { answer, answerAgain } from './answer.ts';
import { bodyChunks, readBody, wholeBodyBytesMax, type RequestBody } from './body.ts';
import { formRefusal, partsChecked } from './form.ts';
import { nothingAt } from './proxied.ts';
import { keptBytesMax, type Keyed, type Repeats } from './repeats.ts';
import type { Asked } from './request.ts';
import type { Seen } from './seen-body.ts';
import type { HttpSession, HttpSessions } from './sessions.ts';
import { understanding, type Understand, type Understood } from './understood.ts';
import { refusedAsSent, turnedBack, wholeOf, type Outgoing } from './turned-back.ts';
import { nothingSent, requestFields, type Upstreams } from './upstream.ts';

type ResultEvent = Extract<Event, { type: 'result' }>;

export interface Shared {
  readonly parts: ProtocolParts;
  /** For what has to be on record before it goes on. */
  readonly journal: Journal;
  readonly sessions: HttpSessions;
  readonly upstreams: Upstreams;
  readonly repeats: Repeats;
}

/** How the requests of a port name their target and say who asks. */
export interface Door {
  /** @throws SallyportError */
  asked(request: WebRequest): Asked | Promise<Asked>;
  /** What whoever brought no proof of identity is asked for. */
  challenge(request: WebRequest): Challenge;
}

/** RFC 9110 §11.6.1, §11.7.1 */
export interface Challenge {
  readonly status: 401 | 407;
  readonly fields: Readonly<Record<string, string>>;
}

/** One request, from its first byte to the end of its answer. */
export async function exchange(
  shared: Shared,
  door: Door,
  request: WebRequest,
  response: WebResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished)
      gone.abort(new SallyportError('closed', 'Sallyport: the client went away'));
  });
  try {
    const asked = await door.asked(request);
    const session = await sessionOf(shared, asked);
    await within(shared.parts, session, () => run(shared, session, asked, request, response, gone));
  } catch (error) {
    const why: unknown = gone.signal.aborted ? gone.signal.reason : error;
    refuse(shared.parts, response, why, door.challenge(request));
  }
}

/** @throws SallyportError where this token lets nobody in */
export async function sessionOf({ sessions }: Shared, asked: Asked): Promise<HttpSession> {
  const { token, target, way, client } = asked;
  try {
    return await sessions.of({ token, target, client, ...applicationOf(asked) });
  } catch (error) {
    const isUnknown = error instanceof SallyportError && error.code === 'unknown_target';
    // Who does not know the target's name learns nothing of it.
    throw isUnknown && way.by === 'proxy' ? nothingAt(way.authority) : error;
  }
}

function applicationOf(asked: Asked): { application?: string } {
  const application = fieldValue(asked.fields, 'user-agent')?.slice(0, 200);
  return application === undefined ? {} : { application };
}

/** A session with a request under way does not rest. */
export async function within(
  parts: ProtocolParts,
  it: { readonly session: Session; active: number },
  run: () => Promise<void>,
): Promise<void> {
  it.active += 1;
  parts.live.busy(it.session, true);
  try {
    await run();
  } finally {
    it.active -= 1;
    it.session.lastActiveAtMs = parts.clock.now();
    if (it.active === 0) parts.live.busy(it.session, false);
  }
}

async function run(
  shared: Shared,
  it: HttpSession,
  asked: Asked,
  request: WebRequest,
  response: WebResponse,
  gone: AbortController,
): Promise<void> {
  const understand = await understanding(it.session.target);
  if (request.headers.expect !== undefined)
    mayContinue(shared.parts, it.session, { asked, understand }, response);
  const body = await readBody(request);
  const keyed = await shared.repeats.of(it.session, asked, body);
  const sending = { asked, body, keyed, understand };
  try {
    await send(shared, it, sending, response, gone);
  } catch (error) {
    // Refused by nothing but that it went out before: whoever may still ask for it gets the answer of then.
    const kept = error === keyed?.refusal ? again(shared.parts, it.session, sending) : undefined;
    if (kept === undefined) throw error;
    await shared.parts.journal.commit();
    answerAgain(response, kept);
  } finally {
    keyed?.end();
  }
}

/**
 * Lets a body come that waits to be asked for, unless no body could save its request.
 * @throws SallyportError
 */
function mayContinue(
  { governor }: ProtocolParts,
  session: HttpSession['session'],
  { asked, understand }: Pick<Sending, 'asked' | 'understand'>,
  response: WebResponse,
): void {
  const { command, hangsOnBody } = understand(asked, undefined);
  const refusal = hangsOnBody ? undefined : governor.foredoomed(session, command);
  if (refusal !== undefined) throw refusal;
  response.writeContinue();
}

function again(
  { policy, masking }: ProtocolParts,
  session: HttpSession['session'],
  sending: Sending,
): KeptAnswer | undefined {
  const { identity, target } = session;
  const verdict = policy().decide(identity, target, commandIn(sending), session);
  if (verdict.kind === 'deny') return undefined;
  return sending.keyed?.again(masking.plan(target, verdict.reveals));
}

/** A request, read. */
interface Sending {
  readonly asked: Asked;
  readonly body: RequestBody | undefined;
  readonly keyed: Keyed | undefined;
  readonly understand: Understand;
}

async function send(
  { parts, upstreams, journal }: Shared,
  it: HttpSession,
  sending: Sending,
  response: WebResponse,
  gone: AbortController,
): Promise<void> {
  const { session, masks, detect } = it;
  const { keyed } = sending;
  const { permit, outgoing, understood } = await permitted(parts, it, sending, gone.signal);
  const { asked, body, values } = outgoing;
  const { plan, limits, command, allowance } = permit;
  parts.live.limit(session, limits);
  // Who sends tokens does not see what they stand for, wherever the target repeats it.
  const unseen = plan.hidden.size > 0 ? values : [];
  const more = understood.places(plan);
  const mask = masks().of(plan, asked, detect(), more);
  const looks = (mask.json ?? mask.text) !== undefined;
  const bytes = body === undefined ? undefined : 'whole' in body ? body.whole.length : body.bytes;
  await keyed?.sends();
  await release(journal, permit).catch(async (error: unknown) => {
    await keyed?.unsent();
    throw error;
  });
  const firstBytesMax = Math.max(parts.record.bytes, keyed === undefined ? 0 : keptBytesMax);
  const seen: Seen = { bytes: 0, masked: 0, first: [], firstBytesMax };
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
    const credential = await it.credential.now();
    const echo = echoOf(credential, unseen);
    const upstream = await upstreams.ask(session.target.address, {
      asked,
      fields: requestFields(asked, credential, bytes, looks),
      credential,
      body:
        body === undefined
          ? null
          : 'whole' in body
            ? body.whole
            : Readable.from(partsChecked(asked.fields, bodyChunks(body))),
      signal: gone.signal,
    });
    if (upstream.statusCode === 401) it.credential.refused(credential);
    const fields = await answer(response, upstream, {
      asked,
      target: session.target,
      mask,
      echo,
      seen,
      allowance,
    });
    note({ tag: String(upstream.statusCode) });
    if (keyed !== undefined && seen.bytes <= keptBytesMax) {
      const answered = { status: upstream.statusCode, fields, body: Buffer.concat(seen.first) };
      await keyed.answered(answered, plan).catch((err: unknown) => {
        parts.log.warn({ err }, 'an answer could not be kept for its Idempotency-Key');
      });
    }
  } catch (error) {
    if (nothingSent(error)) await keyed?.unsent();
    const refusal = refusalOf(error, gone.signal);
    note(cutBy(refusal));
    throw refusal;
  } finally {
    unbound();
  }
}

/** What a limit has cut off closes the connection, which then looks as if the client had left. */
export function refusalOf(error: unknown, gone: AbortSignal): SallyportError {
  return asRefusal(gone.aborted && !isLimit(error) ? gone.reason : error);
}

/** For the record: what has ended an answer before its time. */
export function cutBy(refusal: SallyportError): { error: string; because?: string } {
  const { code, message } = refusal;
  return isLimit(refusal) ? { error: code, because: message } : { error: code };
}

function isLimit(error: unknown): boolean {
  return error instanceof SallyportError && error.code.startsWith('limit_');
}

const echoes = new WeakMap<RequestCredential, EchoFilter>();

/** What no answer may repeat. A credential is of many requests, values are of one. */
export function echoOf(credential: RequestCredential, values: readonly string[]): EchoFilter {
  if (values.length > 0) return new EchoFilter([...credential.secrets, ...values]);
  let echo = echoes.get(credential);
  if (echo === undefined) echoes.set(credential, (echo = new EchoFilter(credential.secrets)));
  return echo;
}

function commandIn(sending: Sending): Command {
  return refusedIfKeyed(sending.understand(sending.asked, wholeOf(sending.body)), sending.keyed);
}

function refusedIfKeyed({ command }: Understood, keyed: Keyed | undefined): Command {
  return keyed?.refusal === undefined ? command : { ...command, refusal: keyed.refusal };
}

/** @throws SallyportError where it may not go on */
export async function permitted(
  parts: ProtocolParts,
  { session, tokens }: HttpSession,
  sending: Sending,
  signal: AbortSignal,
): Promise<{ readonly permit: Permit; readonly outgoing: Outgoing; readonly understood: Understood }> {
  const understood = sending.understand(sending.asked, wholeOf(sending.body));
  const read = refusedIfKeyed(understood, sending.keyed);
  const outgoing = turnedBack(tokens(), sending.asked, sending.body);
  const refusal =
    formRefusal(sending.asked.fields, sending.body) ??
    (outgoing instanceof SallyportError
      ? outgoing
      : refusedAsSent(parts.policy(), session, read, outgoing, sending.understand));
  const command = refusal === undefined ? read : { ...read, refusal };
  if (sending.body !== undefined && !('whole' in sending.body)) mustNotBeHeld(parts, session, command);
  const ruling = await parts.governor.govern(session, command, () => ({ held: () => undefined, signal }));
  if (ruling instanceof SallyportError) throw ruling;
  // One that may not be turned back is a refusal, so there is no permit without an outgoing request.
  if (outgoing instanceof SallyportError) throw outgoing;
  // With values in place of its tokens it may ask for something else.
  const { asked, body, values } = outgoing;
  return {
    permit: ruling,
    outgoing,
    understood: values.length === 0 ? understood : sending.understand(asked, wholeOf(body)),
  };
}

/** What people agree to is what runs, so they must have seen all of it. */
function mustNotBeHeld(parts: ProtocolParts, session: HttpSession['session'], command: Command): void {
  const verdict = parts.policy().decide(session.identity, session.target, command, session);
  if (verdict.kind !== 'hold') return;
  throw new SallyportError(
    'too_large',
    `Sallyport: a request that waits for people may have a body of ${wholeBodyBytesMax} bytes`,
    { hint: 'Send less at a time.', detail: { rules: verdict.rules } },
  );
}

/** The end of the session ends its requests, and so does their time; what takes that back. */
export function boundBy(
  gone: AbortController,
  { ended }: Pick<HttpSession['session'], 'ended'>,
  statementMs: number | undefined,
): () => void {
  const underWay = underWayUntil(ended);
  const leave = underWay.add(gone);
  if (ended.aborted) gone.abort(ended.reason);
  const late = (): void =>
    gone.abort(
      new SallyportError(
        'limit_statement',
        `Sallyport: a request may take ${(statementMs ?? 0) / 1000} s here`,
        {
          hint: 'Ask for less at a time.',
        },
      ),
    );
  const timer = statementMs === undefined ? undefined : setTimeout(late, statementMs);
  return () => {
    leave();
    clearTimeout(timer);
  };
}

const byEnd = new WeakMap<AbortSignal, Members<AbortController>>();

/** The requests of a session that it ends with; a listener for each of them would cost as much as its verdict. */
function underWayUntil(ended: AbortSignal): Members<AbortController> {
  let underWay = byEnd.get(ended);
  if (underWay === undefined) {
    const all = new Members<AbortController>();
    byEnd.set(ended, (underWay = all));
    ended.addEventListener('abort', () => {
      for (const gone of all.list()) gone.abort(ended.reason);
    });
  }
  return underWay;
}

/** What is recorded of an answer. */
export function resultOf(
  { bytes, masked, first }: Seen,
  bytesMax: number,
): Pick<ResultEvent, 'bytes' | 'masked' | 'columns' | 'first'> {
  const [whole = Buffer.alloc(0)] = first.length > 1 ? [Buffer.concat(first)] : first;
  const beginning = whole.subarray(0, bytesMax);
  if (beginning.length === 0) return { bytes, masked };
  return { bytes, masked, columns: ['body'], first: [[recordedValue(beginning, 'text')]] };
}

export function asRefusal(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  if (error instanceof JsonStreamError) {
    return new SallyportError('upstream_protocol', 'Sallyport: the answer of the target is no JSON', {
      cause: error,
    });
  }
  const undecodable =
    error instanceof Error && 'code' in error && /^(?:Z_|ERR__ERROR_FORMAT|ZSTD)/.test(String(error.code));
  if (undecodable) {
    return new SallyportError('upstream_protocol', 'Sallyport: the answer of the target cannot be read', {
      cause: error,
    });
  }
  const broken =
    error instanceof Error &&
    'code' in error &&
    /^(?:UND_ERR|ECONN|EPIPE|HPE_|ERR_HTTP2_)/.test(String(error.code));
  if (broken) {
    return new SallyportError('upstream_unavailable', 'Sallyport: the target broke off its answer', {
      cause: error,
    });
  }
  return new SallyportError('internal', 'Sallyport: the gateway failed at this; its log says how', {
    cause: error,
  });
}

/** As `refuse`, where the connection is no HTTP any more and nothing has been answered. */
export function refuseOn(
  parts: Pick<ProtocolParts, 'log'>,
  request: IncomingMessage,
  socket: Socket,
  error: unknown,
  challenge: Challenge,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  refuse(parts, response, error, challenge);
}

/** In the gateway's own words, as at its API. */
function refuse(
  parts: Pick<ProtocolParts, 'log'>,
  response: WebResponse,
  error: unknown,
  challenge: Challenge,
): void {
  refuseWith(parts, response, error, (refusal) => {
    const asks = refusal.code === 'unauthenticated';
    return {
      status: asks ? challenge.status : statusOf[refusal.code],
      fields: {
        'content-type': 'application/json',
        'sallyport-error': refusal.code,
        'cache-control': 'no-store',
        ...(asks ? challenge.fields : {}),
      },
      body: JSON.stringify(refusalBody(refusal)),
    };
  });
}

/** Logs what an operator should know, and answers in whatever words. An answer that has begun can only be cut off. */
export function refuseWith(
  { log }: Pick<ProtocolParts, 'log'>,
  response: WebResponse,
  error: unknown,
  words: (refusal: SallyportError) => {
    readonly status: number;
    readonly fields: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
  },
): void {
  const refusal = asRefusal(error);
  if (refusal.code === 'internal') log.error({ err: refusal.cause }, 'a request failed');
  else if (refusal.cause !== undefined && refusal.code !== 'unauthenticated') {
    log.warn({ err: refusal.cause, code: refusal.code }, refusal.message);
  }
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, fields, body } = words(refusal);
  response.writeHead(status, fields).end(body);
}
