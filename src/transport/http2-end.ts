import * as http2 from 'node:http2';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { WebRequest, WebResponse } from './web-message.ts';

export interface Http2Limits {
  /** From the connection's beginning to its first request. */
  readonly headersMs: number;
  /** A connection without a request under way. */
  readonly keepAliveMs: number;
  /** For the rest of a request that was answered before it had come as a whole. */
  readonly restMs: number;
  /** Of all header fields of a request together, each counted with 32 bytes more (RFC 9113 §6.5.2). */
  readonly headerBytesMax: number;
}

/** Serves HTTP/2 on connections that were made elsewhere. */
export interface Http2End {
  serve(connection: Socket): void;
  /** From now on no connection takes further requests. */
  drain(): void;
}

/** Of one connection at a time; a client that opens more waits, or is refused (RFC 9113 §5.1.2). */
const streamsMax = 100;
/** Fields of one request, cookies in crumbs included. */
const fieldsMax = 200;
/**
 * Requests that a client takes back before their answer (CVE-2023-44487): so many at once, and so many a second over
 * time; one that does more loses its connection.
 */
const resets = { streamResetBurst: 200, streamResetRate: 50 };

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR } = http2.constants;

/**
 * The frames, header compression and most of RFC 9113 §8 are nghttp2's: it resets streams whose fields have capitals,
 * line ends, pseudo-header fields twice, unknown or late, or fields of a connection; and ends connections with too many
 * CONTINUATION frames.
 */
export function http2End(
  limits: Http2Limits,
  handle: (request: WebRequest, response: WebResponse) => void,
): Http2End {
  const server = http2.createServer({
    settings: {
      maxConcurrentStreams: streamsMax,
      maxHeaderListSize: limits.headerBytesMax,
      enablePush: false,
      enableConnectProtocol: false,
    },
    maxHeaderListPairs: fieldsMax,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    strictFieldWhitespaceValidation: true,
    ...resets,
  });
  const sessions = new Map<http2.Http2Session, Socket>();
  server.on('session', (session) => whileUsed(session, limits));
  server.on('stream', (stream: http2.ServerHttp2Stream, headers, _flags, rawHeaders) => {
    const socket = stream.session && sessions.get(stream.session);
    // What fails on a stream ends it; its request and its answer are told.
    stream.on('error', () => undefined);
    if (socket === undefined || stream.destroyed) return;
    const fields = plainFields(headers, rawHeaders, socket instanceof TLSSocket);
    if (fields === undefined) return stream.close(NGHTTP2_PROTOCOL_ERROR);
    handle(new Http2Request(stream, headers, fields, socket), new Http2Response(stream, limits.restMs));
  });
  // A client's own trouble.
  server.on('sessionError', () => undefined);
  return {
    serve(connection) {
      const bind = (session: http2.Http2Session): void => {
        sessions.set(session, connection);
        session.once('close', () => sessions.delete(session));
      };
      // At once, or not at all: no other connection's session may be taken for this one's.
      server.once('session', bind);
      server.emit('connection', connection);
      server.off('session', bind);
    },
    drain() {
      for (const session of sessions.keys()) session.close();
    },
  };
}

/** Ends a connection that nothing was asked on for so long, however often it is pinged. */
function whileUsed(session: http2.Http2Session, { headersMs, keepAliveMs }: Http2Limits): void {
  let active = 0;
  const end = (): void => session.close();
  let timer = setTimeout(end, headersMs).unref();
  session.on('stream', (stream: http2.ServerHttp2Stream) => {
    active += 1;
    clearTimeout(timer);
    stream.once('close', () => {
      active -= 1;
      if (active === 0 && !session.closed) timer = setTimeout(end, keepAliveMs).unref();
    });
  });
  session.once('close', () => clearTimeout(timer));
}

/**
 * As HTTP/1.1 would have them. Undefined for a request that servers would read as two (RFC 9113 §8.3.1): `host` beside
 * another `:authority`, neither of them, another scheme than the connection's.
 */
function plainFields(
  headers: http2.IncomingHttpHeaders,
  raw: readonly string[],
  isSecure: boolean,
): string[] | undefined {
  const { ':authority': authority, ':scheme': scheme, host } = headers;
  if (scheme !== (isSecure ? 'https' : 'http')) return undefined;
  if (authority === undefined ? host === undefined : host !== undefined && host !== authority)
    return undefined;
  const fields = host === undefined ? ['host', authority ?? ''] : [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    if (!name.startsWith(':')) fields.push(name, value);
  }
  return fields;
}

class Http2Request extends http2.Http2ServerRequest implements WebRequest {
  override readonly socket: Socket;

  constructor(
    stream: http2.ServerHttp2Stream,
    headers: http2.IncomingHttpHeaders,
    fields: readonly string[],
    socket: Socket,
  ) {
    super(stream, headers, {}, fields);
    this.socket = socket;
  }
}

/**
 * RFC 9113 §8.1: the rest of a request that was answered before it had come is not wanted. At once, it would take the
 * answer away from some clients.
 */
function endUnread(stream: http2.ServerHttp2Stream, restMs: number): void {
  stream.resume();
  const timer = setTimeout(() => stream.close(NGHTTP2_NO_ERROR), restMs).unref();
  stream.once('close', () => clearTimeout(timer));
}

class Http2Response extends Writable implements WebResponse {
  readonly #stream: http2.ServerHttp2Stream;
  readonly #restMs: number;
  #trailers: Record<string, string> = {};

  constructor(stream: http2.ServerHttp2Stream, restMs: number) {
    super();
    this.#stream = stream;
    this.#restMs = restMs;
    // Whoever waits for its end is told by that; nobody need listen.
    this.on('error', () => undefined);
    stream.once('close', () => this.destroy());
    stream.once('wantTrailers', () => stream.sendTrailers(this.#trailers));
  }

  get headersSent(): boolean {
    return this.#stream.headersSent;
  }

  writeHead(status: number, fields: string[] | Record<string, string>): this {
    const list = Array.isArray(fields) ? fields : Object.entries(fields).flat();
    this.#stream.respond([':status', String(status), ...list], { waitForTrailers: true });
    return this;
  }

  addTrailers(fields: Record<string, string>): void {
    this.#trailers = fields;
  }

  writeContinue(): void {
    this.#stream.additionalHeaders({ ':status': 100 });
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#stream.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const stream = this.#stream;
    if (!stream.headersSent) this.writeHead(200, []);
    stream.end((error?: Error) => {
      done(error);
      if (!stream.readableEnded) endUnread(stream, this.#restMs);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#stream.close(error === null ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR);
    done(error);
  }
}
