import { Readable } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import { recordedValue } from '../../core/recorded.ts';
import { release } from '../../core/release.ts';
import type { Journal, RequestCredential } from '../../core/ports.ts';
import type { KeptAnswer } from '../../core/sent.ts';
import { EchoFilter } from '../../masking/echo.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { fieldValue } from '../../wire/http/headers.ts';
import type { ProtocolParts } from '../protocol.ts';
import { answer, answerAgain } from './answer.ts';
import { bodyChunks, readBody } from './body.ts';
import { partsChecked } from './form.ts';
import { commandIn, permitted, type Sending } from './permitted.ts';
import { nothingAt } from './proxied.ts';
import { cutBy, refusalOf, refuse, type Challenge } from './refusing.ts';
import { keptBytesMax, type Repeats } from './repeats.ts';
import type { Asked } from './request.ts';
import type { Seen } from './seen-body.ts';
import type { HttpSession, HttpSessions } from './sessions.ts';
import { boundBy, within } from './under-way.ts';
import { understanding } from './understood.ts';
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
            : Readable.from(partsChecked(asked, bodyChunks(body))),
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

const echoes = new WeakMap<RequestCredential, EchoFilter>();

/** What no answer may repeat. A credential is of many requests, values are of one. */
export function echoOf(credential: RequestCredential, values: readonly string[]): EchoFilter {
  if (values.length > 0) return new EchoFilter([...credential.secrets, ...values]);
  let echo = echoes.get(credential);
  if (echo === undefined) echoes.set(credential, (echo = new EchoFilter(credential.secrets)));
  return echo;
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
