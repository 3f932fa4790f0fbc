import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { SallyportError } from '../../core/errors.ts';
import type { Event, RecordedValue } from '../../core/event.ts';
import { recordedValue } from '../../core/recorded.ts';
import type { AnswerMask } from '../../masking/answer.ts';
import type { EchoFilter } from '../../masking/echo.ts';
import {
  closePayload,
  WebSocketFault,
  webSocketFrame,
  WebSocketReader,
  type WebSocketMessage,
} from '../../wire/http/websocket.ts';
import { cleanPiece } from './seen-body.ts';

/** Of a message, which is looked into as a whole. */
const messageBytesMax = 4 * 1024 * 1024;
/** From the first word of an end to the end of the connections. */
const closingMs = 5_000;

type Result = Extract<Event, { type: 'result' }>;

export interface RelayParts {
  readonly mask: AnswerMask;
  readonly echo: EchoFilter;
  readonly uninspected: 'refuse' | 'pass';
  readonly record: { readonly rows: number; readonly bytes: number };
  /** A message of so many bytes has come from the target. False: it is one too many, and goes nowhere. */
  readonly counts: (bytes: number) => boolean;
}

/** One end of the relay: what is read from it, and how it is written to. */
interface Side {
  readonly name: 'client' | 'target';
  readonly socket: Duplex;
  readonly reader: WebSocketReader;
  /** The payload of its last ping, for the pong that answers it. */
  ping: Buffer;
  /** It has been told to close. */
  told: boolean;
}

/** Messages of a WebSocket from one end to the other: the target's are masked, all are counted, the first recorded. */
export class WebSocketRelay {
  readonly #parts: RelayParts;
  readonly #counts = { bytes: 0, masked: 0, first: [] as Buffer[], firstBytesMax: 0 };
  readonly #first: RecordedValue[][] = [];
  #messages = 0;
  #firstBytes = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** What came over it so far, both ways, as the client has seen it. */
  seen(): Pick<Result, 'rows' | 'bytes' | 'masked' | 'columns' | 'first'> {
    const { bytes, masked } = this.#counts;
    const told = { rows: this.#messages, bytes, masked };
    return this.#first.length === 0 ? told : { ...told, columns: ['from', 'message'], first: this.#first };
  }

  /**
   * Ends when both connections have; gives the code that it was closed with (RFC 6455 §7.4.1; 1006: without a word).
   * `early`: what the client has sent already.
   */
  run(client: Duplex, target: Duplex, early: Buffer, signal: AbortSignal): Promise<number> {
    const one: Side = side('client', client);
    const other: Side = side('target', target);
    let code = 1006;
    const { promise, resolve } = Promise.withResolvers<number>();
    let timer: NodeJS.Timeout | undefined;
    const end = (why: number | undefined, reason: string, isOver = false): void => {
      if (timer === undefined) code = why ?? 1005;
      timer ??= setTimeout(() => [client, target].forEach((socket) => socket.destroy()), closingMs);
      for (const it of [one, other]) tell(it, why, reason);
      if (!isOver) return;
      client.end();
      // A client is left the time to read its last frame; a target has nothing more to say.
      target.end(() => target.destroy());
    };
    const cut = (): void => {
      const why: unknown = signal.reason;
      if (why instanceof SallyportError && why.code === 'closed') return end(1001, '', true);
      return end(1008, why instanceof SallyportError ? why.message : 'the session ended', true);
    };
    this.#listen(one, other, end);
    this.#listen(other, one, end);
    let open = 2;
    for (const socket of [client, target]) {
      socket.once('close', () => {
        end(1001, 'the other side went away', true);
        if (--open > 0) return;
        clearTimeout(timer);
        signal.removeEventListener('abort', cut);
        resolve(code);
      });
    }
    signal.addEventListener('abort', cut);
    if (signal.aborted) cut();
    if (early.length > 0) client.emit('data', early);
    return promise;
  }

  #listen(
    from: Side,
    to: Side,
    end: (code: number | undefined, reason: string, isOver?: boolean) => void,
  ): void {
    const { socket, reader } = from;
    socket.on('error', () => socket.destroy());
    socket.on('end', () => end(1001, 'the other side went away', true));
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#pass(message, from, to, end);
      } catch (error) {
        socket.removeAllListeners('data').resume();
        const isFault = error instanceof WebSocketFault;
        tell(to, 1011, `the ${from.name} broke the protocol`);
        end(isFault ? error.code : 1011, isFault ? error.message : 'the gateway failed at this', true);
      }
    });
    socket.resume();
  }

  #pass(
    message: WebSocketMessage,
    from: Side,
    to: Side,
    end: (code: number | undefined, reason: string, isOver?: boolean) => void,
  ): void {
    switch (message.kind) {
      case 'text':
      case 'binary': {
        if (from.name === 'target' && !this.#parts.counts(message.data.length)) return;
        const seen = from.name === 'client' ? message.data : this.#forClient(message.kind, message.data);
        if (seen !== undefined) return this.#forward(message.kind, seen, from, to);
        return end(1008, 'a binary message cannot be looked into for what is hidden from you', true);
      }
      case 'ping':
        // What a ping carries is for whoever sent it.
        from.ping = message.data;
        return void write(to, 'ping', Buffer.alloc(0));
      case 'pong':
        return void write(to, 'pong', to.ping);
      case 'close': {
        const reason = from.name === 'client' ? message.reason : this.#text(message.reason);
        return end(message.code, reason, from.told);
      }
    }
  }

  #forward(kind: 'text' | 'binary', data: Buffer, from: Side, to: Side): void {
    this.#keep(kind, data, from);
    if (write(to, kind, data)) return;
    from.socket.pause();
    to.socket.once('drain', () => from.socket.resume());
  }

  /** Undefined where nothing can look into it, and something must. */
  #forClient(kind: 'text' | 'binary', data: Buffer): Buffer | undefined {
    const { mask, echo, uninspected } = this.#parts;
    const isHidden = (mask.json ?? mask.text) !== undefined;
    if (kind === 'binary' && isHidden && uninspected === 'refuse') return undefined;
    const clean = kind === 'text' ? cleanPiece(data, { mask, echo, seen: this.#counts }) : data;
    echo.body(clean);
    return clean;
  }

  /** Words of the target's that go with its end. Where places are hidden, nobody knows what they may say. */
  #text(reason: string): string {
    const { mask, echo } = this.#parts;
    if (mask.wantsJson) return '';
    return echo.text(mask.text?.apply(reason).text ?? reason).text;
  }

  #keep(kind: 'text' | 'binary', data: Buffer, { name }: Side): void {
    const { rows, bytes } = this.#parts.record;
    this.#messages += 1;
    this.#counts.bytes += data.length;
    if (this.#first.length >= rows || this.#firstBytes >= bytes) return;
    const kept = data.subarray(0, bytes - this.#firstBytes);
    this.#firstBytes += kept.length;
    this.#first.push([name, recordedValue(kept, kind)]);
  }
}

function side(name: Side['name'], socket: Duplex): Side {
  const reader = new WebSocketReader({ isMasked: name === 'client', bytesMax: messageBytesMax });
  return { name, socket, reader, ping: Buffer.alloc(0), told: false };
}

/** Whether it may be written to further. */
function write(
  { name, socket, told }: Side,
  kind: Parameters<typeof webSocketFrame>[0],
  data: Buffer,
): boolean {
  if (told || !socket.writable) return true;
  return socket.write(webSocketFrame(kind, data, name === 'target' ? randomBytes(4) : undefined));
}

function tell(side: Side, code: number | undefined, reason: string): void {
  write(side, 'close', closePayload(code, reason));
  side.told = true;
}
