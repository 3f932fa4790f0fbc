import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { SallyportError } from '../../core/errors.ts';
import { release } from '../../core/release.ts';
import { fieldValue, type Field } from '../../wire/http/headers.ts';
import { acceptFor, isWebSocketKey } from '../../wire/http/websocket.ts';
import { echoOf, sessionOf, type Door, type Shared } from './exchange.ts';
import { permitted } from './permitted.ts';
import { asRefusal, cutBy, refuseOn } from './refusing.ts';
import type { Asked } from './request.ts';
import type { HttpSession } from './sessions.ts';
import { boundBy, within } from './under-way.ts';
import { requestFields } from './upstream.ts';
import { understanding } from './understood.ts';
import { WebSocketRelay } from './websocket.ts';

/** Before the connection is agreed on, a client has nothing to say but this much. */
const earlyBytesMax = 64 * 1024;

/** A WebSocket is one command, from its handshake (RFC 6455 §4) to its end; what came over it is its result. */
export async function upgrade(
  shared: Shared,
  door: Door,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  if (!(socket instanceof Socket)) return void socket.destroy();
  const gone = new AbortController();
  const leave = (): void => gone.abort(new SallyportError('closed', 'Sallyport: the client went away'));
  socket.on('error', () => socket.destroy());
  socket.once('close', leave);
  const early = listened(socket, head, leave);
  try {
    const plain = await door.asked(request);
    const offer = offerOf(plain);
    const asked = { ...plain, method: 'WEBSOCKET' };
    const session = await sessionOf(shared, asked);
    await within(shared.parts, session, () => run(shared, session, asked, { socket, early, offer, gone }));
  } catch (error) {
    const why: unknown = gone.signal.aborted ? gone.signal.reason : error;
    if (early.isTaken || socket.destroyed) return void socket.destroy();
    refuseOn(shared.parts, request, socket, why, door.challenge(request));
  }
}

/** Read from the first moment on, or nobody would notice that the client has gone. What came is given once. */
function listened(socket: Socket, head: Buffer, leave: () => void): Early {
  const early = [head];
  let bytes = head.length;
  const keep = (chunk: Buffer): void => {
    early.push(chunk);
    bytes += chunk.length;
    if (bytes > earlyBytesMax) socket.pause();
  };
  socket.on('data', keep).once('end', leave);
  socket.resume();
  return {
    isTaken: false,
    take() {
      this.isTaken = true;
      socket.pause();
      socket.off('data', keep).off('end', leave);
      return Buffer.concat(early);
    },
  };
}

/** What a client said before it was answered. Once it is taken, the connection is a WebSocket. */
interface Early {
  isTaken: boolean;
  take(): Buffer;
}

interface Offer {
  readonly key: string;
  readonly protocols: readonly string[];
}

/** @throws SallyportError `protocol` for what is no handshake of RFC 6455 §4.2.1 */
function offerOf({ fields }: Asked): Offer {
  const key = fieldValue(fields, 'sec-websocket-key') ?? '';
  if (!isWebSocketKey(key) || fieldValue(fields, 'sec-websocket-version') !== '13') {
    throw new SallyportError('protocol', 'Sallyport: this is no WebSocket handshake of version 13');
  }
  const protocols = fieldValue(fields, 'sec-websocket-protocol')?.split(',') ?? [];
  return { key, protocols: protocols.map((name) => name.trim()) };
}

async function run(
  { parts, upstreams }: Shared,
  it: HttpSession,
  read: Asked,
  { socket, early, offer, gone }: { socket: Socket; early: Early; offer: Offer; gone: AbortController },
): Promise<void> {
  const { session, masks, detect } = it;
  const understand = await understanding(session.target);
  const sending = { asked: read, body: undefined, keyed: undefined, understand };
  const { permit, outgoing } = await permitted(parts, it, sending, gone.signal);
  const { asked, values } = outgoing;
  const { plan, limits, command, allowance } = permit;
  parts.live.limit(session, limits);
  const mask = masks().of(plan, asked, detect());
  await release(parts.journal, permit);
  const { address } = session.target;
  let relay: WebSocketRelay | undefined;
  const unbound = boundBy(gone, session, limits.statementMs);
  let outcome: { tag: string } | { error: string; because?: string } = { error: 'internal' };
  try {
    const credential = await it.credential.now();
    const echo = echoOf(credential, plan.hidden.size > 0 ? values : []);
    const counts = (bytes: number): boolean => {
      const spent = allowance?.spend(bytes, 0);
      if (spent !== undefined) gone.abort(spent);
      return spent === undefined;
    };
    relay = new WebSocketRelay({
      mask,
      echo,
      uninspected: address.uninspected,
      record: parts.record,
      counts,
    });
    const key = randomBytes(16).toString('base64');
    const upstream = await upstreams.upgrade(address, {
      asked,
      fields: handshakeFields(asked, requestFields(asked, credential, undefined, true), key),
      credential,
      protocol: 'websocket',
      signal: gone.signal,
    });
    const chosen = agreed(upstream, key, offer);
    const said = early.take();
    socket.write(switching(offer.key, chosen));
    const code = await relay.run(socket, upstream.socket, said, gone.signal);
    const why: unknown = gone.signal.reason;
    const isCut = why instanceof SallyportError && why.code !== 'closed';
    outcome = isCut ? cutBy(why) : { tag: `101 ${code}` };
  } catch (error) {
    const refusal = asRefusal(gone.signal.aborted ? gone.signal.reason : error);
    outcome = cutBy(refusal);
    throw refusal;
  } finally {
    unbound();
    const seen = relay?.seen() ?? { rows: 0, bytes: 0, masked: 0 };
    parts.journal.note({ type: 'result', session: session.id, command, ...outcome, ...seen });
  }
}

/** Extensions would make messages unreadable, so none is offered. */
function handshakeFields({ fields: given }: Asked, fields: readonly Field[], key: string): Field[] {
  const protocols = fieldValue(given, 'sec-websocket-protocol');
  return [
    ...fields.filter(([name]) => !/^sec-websocket-/i.test(name)),
    ['sec-websocket-key', key],
    ['sec-websocket-version', '13'],
    ...(protocols === undefined ? [] : [['sec-websocket-protocol', protocols] as const]),
  ];
}

/**
 * The protocol that the target has chosen, if any.
 * @throws SallyportError `upstream_protocol` where its answer is not one to this handshake (RFC 6455 §4.1)
 */
function agreed(
  { headers, socket }: Dispatcher.UpgradeData,
  key: string,
  { protocols }: Offer,
): string | undefined {
  const {
    'sec-websocket-accept': accept,
    'sec-websocket-protocol': chosen,
    'sec-websocket-extensions': more,
  } = headers;
  const isChosen = chosen === undefined || (typeof chosen === 'string' && protocols.includes(chosen));
  if (accept === acceptFor(key) && isChosen && more === undefined) return chosen;
  socket.destroy();
  throw new SallyportError('upstream_protocol', 'Sallyport: the target answers another WebSocket handshake');
}

function switching(key: string, protocol: string | undefined): string {
  const fields = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${acceptFor(key)}`];
  if (protocol !== undefined) fields.push(`Sec-WebSocket-Protocol: ${protocol}`);
  return `HTTP/1.1 101 Switching Protocols\r\n${fields.join('\r\n')}\r\n\r\n`;
}
