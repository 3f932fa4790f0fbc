import * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Duplex } from 'node:stream';
import { Members } from '../core/members.ts';
import { http2End, type Http2End } from './http2-end.ts';
import { isLoopback } from './loopback.ts';
import type { WebRequest, WebResponse } from './web-message.ts';

/** Takes a connection over. What it throws, or rejects with, ends the connection, and is told to `onError`. */
export type Takeover = (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void | Promise<void>;

export interface HttpListenerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** What it throws, or rejects with, is answered 500 and told to `onError`. */
  readonly handle: (request: http.IncomingMessage, response: http.ServerResponse) => void | Promise<void>;
  /** Absent: HTTP/1.1 alone. */
  readonly http2?: Http2Options;
  /** For WebSockets. Absent: `Upgrade` is ignored, and the request handled as any other. */
  readonly upgrade?: Takeover;
  /** Absent: CONNECT ends the connection. */
  readonly connect?: Takeover;
  readonly onError?: (error: unknown) => void;
  /** From which addresses plain connections are taken. Default: loopback alone. */
  readonly takesPlain?: (address: string | undefined) => boolean;
  readonly limits?: Partial<HttpLimits>;
}

/** HTTP/2 for clients that ask for it in their TLS handshake (RFC 9113 §3.2). */
export interface Http2Options {
  /** On the port itself, or within what CONNECT has become. */
  readonly on: 'port' | 'tunnels';
  /** As that of HTTP/1.1. */
  readonly handle: (request: WebRequest, response: WebResponse) => void | Promise<void>;
}

export interface HttpLimits {
  /** From the connection's first moment to its first byte, and again to the end of the TLS handshake. */
  readonly handshakeMs: number;
  readonly headersMs: number;
  /** For a whole request. 0: none, as uploads and streams may last. */
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** For the rest of a request that was answered before it had come as a whole. */
  readonly restMs: number;
  /** Of all headers together. */
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  /** How often `headersMs` and `requestMs` are looked at. */
  readonly sweepMs: number;
}

const defaultLimits: HttpLimits = {
  handshakeMs: 10_000,
  headersMs: 15_000,
  requestMs: 0,
  keepAliveMs: 65_000, // longer than the 60 s of usual load balancers, so that they close first
  restMs: 30_000,
  headerBytesMax: 32 * 1024, // a token may have 16 KiB
  connectionsMax: 20_000,
  sweepMs: 5_000,
};

export interface HttpListener {
  readonly port: number;
  /** New connections get this certificate. */
  renew(tls: { readonly cert: string; readonly key: string }): void;
  /** Serves requests on what a CONNECT has become: in the clear, or over TLS with this certificate. */
  serve(socket: net.Socket, tunnel: TunnelEnd): void;
  /** Takes no more, lets active requests end for so long, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

/** The gateway's end of a tunnel, in place of the host that its client means to reach. */
export interface TunnelEnd {
  /** What the client said first, behind its request. */
  readonly head: Buffer;
  /** A name or an address; a client that greets another one is cut off. */
  readonly host: string;
  readonly context: tls.SecureContext;
  /** Told of the connection that requests will come on, before they do. */
  readonly begin: (connection: net.Socket, isSecure: boolean) => void;
}

/** RFC 8446 §5.1: a TLS connection begins with a record of type handshake. No HTTP method begins so. */
const tlsHandshakeRecord = 0x16;

/**
 * One port for TLS from anywhere and plain HTTP from this machine.
 * @throws Error of `listen` (EADDRINUSE …), or where certificate and key do not fit
 */
export async function listenHttp(options: HttpListenerOptions): Promise<HttpListener> {
  const limits = { ...defaultLimits, ...options.limits };
  const web = webServer(options, limits);
  const second = options.http2 && secondServer(options.http2, options, limits);
  const accept: Accept = (socket) => {
    if (second !== undefined && socket instanceof tls.TLSSocket && socket.alpnProtocol === 'h2')
      second.serve(socket);
    else web.server.emit('connection', socket);
  };
  const offers = (on: Http2Options['on']): string[] =>
    options.http2?.on === on ? ['h2', 'http/1.1'] : ['http/1.1'];
  const secure = secureServer({ ...options.tls, ALPNProtocols: offers('port') }, limits, accept);
  const takesPlain = options.takesPlain ?? isLoopback;
  const sockets = new Set<net.Socket>();
  const undecided = new Set<net.Socket>();
  const front = net.createServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    for (const set of [sockets, undecided]) {
      set.add(socket);
      socket.once('close', () => set.delete(socket));
    }
    peek(socket, limits.handshakeMs, (first) => {
      undecided.delete(socket);
      if (first === tlsHandshakeRecord) return secure.emit('connection', socket);
      if (!takesPlain(socket.remoteAddress)) return refusePlain(socket, limits.handshakeMs);
      web.server.emit('connection', socket);
      return socket.resume();
    });
  });
  front.maxConnections = limits.connectionsMax;
  await listening(front, options);
  return {
    port: portOf(front),
    serve: (socket, end) =>
      serveTunnel(accept, offers('tunnels'), socket, { end, timeoutMs: limits.handshakeMs }),
    renew: (context) => secure.setSecureContext({ ...context, ...tlsVersions }),
    close: (graceMs) => closeGently({ front, web, second, sockets, undecided, graceMs }),
  };
}

/** Takes a connection that is ready for requests. */
type Accept = (socket: net.Socket) => void;

function secondServer(
  { handle }: Http2Options,
  { onError }: HttpListenerOptions,
  limits: HttpLimits,
): Http2End {
  return http2End(limits, (request, response) => void answer({ handle, onError }, request, response));
}

interface WebServer {
  readonly server: http.Server;
  /** From now on no connection lives longer than its request. */
  drain(): void;
}

function webServer(options: HttpListenerOptions, limits: HttpLimits): WebServer {
  const server = http.createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: limits.sweepMs,
    requireHostHeader: true,
    insecureHTTPParser: false,
    // What asks for another protocol than this is served as if it had not.
    ...(options.upgrade && { shouldUpgradeCallback: isWebSocket }),
  });
  const active = new Members<http.ServerResponse>();
  let draining = false;
  server.on('request', (request, response) => {
    response.shouldKeepAlive &&= !draining;
    const leave = active.add(response);
    response.once('finish', () => endUnread(request, limits.restMs));
    response.once('close', () => {
      leave();
      // Its head may have promised to keep the connection; this looks again when the server has let go of it.
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    void answer({ handle: options.handle, onError: options.onError }, request, response);
  });
  // RFC 9110 §10.1.1: whoever handles it says when the body may come. One that does not come would be waited for.
  server.on('checkContinue', (request, response) => {
    response.shouldKeepAlive = false;
    server.emit('request', request, response);
  });
  const takesOver =
    (takeover: Takeover | undefined): Takeover =>
    (request, socket, head) => {
      // Behind a request that has no answer yet: what is still to be said to that one would end up in the midst.
      const isBusy = active.list().some(({ req }) => req.socket === socket);
      if (isBusy || takeover === undefined) socket.destroy();
      else void overtaken(takeover, options, { request, socket, head });
    };
  if (options.upgrade !== undefined) server.on('upgrade', takesOver(options.upgrade));
  server.on('connect', takesOver(options.connect));
  // It never listens itself, and only this starts its sweep for headers that never end.
  server.emit('listening');
  const drain = () => {
    draining = true;
    for (const response of active.list()) response.shouldKeepAlive = false;
    server.closeIdleConnections();
  };
  return { server, drain };
}

/** Whoever was refused must not keep a connection by a body that never ends; one that is on its way may still arrive. */
function endUnread(request: http.IncomingMessage, restMs: number): void {
  if (request.complete) return;
  const { socket } = request;
  // One that has come as a whole by then may still have no end, where nobody read as far; its connection has gone on.
  const giveUp = () => {
    if (!request.complete) socket.destroy();
  };
  const timer = setTimeout(giveUp, restMs).unref();
  const arrived = () => clearTimeout(timer);
  request.once('end', arrived).once('close', arrived);
}

function isWebSocket({ method, headers }: http.IncomingMessage): boolean {
  const hasBody = (headers['content-length'] ?? headers['transfer-encoding']) !== undefined;
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && !hasBody;
}

/** What `handle` throws at once ends in the same place as what it rejects with. */
async function answer<Request extends WebRequest, Response extends WebResponse>(
  it: {
    readonly handle: (request: Request, response: Response) => void | Promise<void>;
    readonly onError: HttpListenerOptions['onError'];
  },
  request: Request,
  response: Response,
): Promise<void> {
  const { handle, onError } = it;
  try {
    await handle(request, response);
  } catch (error) {
    onError?.(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { 'content-type': 'text/plain' }).end('internal error\n');
  }
}

async function overtaken(
  takeover: Takeover,
  { onError }: HttpListenerOptions,
  it: { request: http.IncomingMessage; socket: Duplex; head: Buffer },
): Promise<void> {
  try {
    await takeover(it.request, it.socket, it.head);
  } catch (error) {
    onError?.(error);
    it.socket.destroy();
  }
}

function serveTunnel(
  accept: Accept,
  protocols: string[],
  socket: net.Socket,
  it: { readonly end: TunnelEnd; readonly timeoutMs: number },
): void {
  const { end, timeoutMs } = it;
  if (end.head.length > 0) socket.unshift(end.head);
  const begin = (connection: net.Socket, isSecure: boolean): void => {
    end.begin(connection, isSecure);
    accept(connection);
  };
  peek(socket, timeoutMs, (first) => {
    if (first === tlsHandshakeRecord) return void endTls(socket, { ...it, protocols, begin });
    begin(socket, false);
    return socket.resume();
  });
}

function endTls(
  socket: net.Socket,
  it: {
    readonly end: TunnelEnd;
    readonly timeoutMs: number;
    readonly protocols: string[];
    readonly begin: TunnelEnd['begin'];
  },
): void {
  const { host, context } = it.end;
  const secure = new tls.TLSSocket(socket, {
    isServer: true,
    secureContext: context,
    ALPNProtocols: it.protocols,
    // RFC 6066 §3: names only, and no dot at their end.
    SNICallback: (name, answer) => {
      if (name.toLowerCase() === host.toLowerCase()) answer(null, context);
      else answer(new Error('the name of the handshake is not that of the tunnel'));
    },
  });
  const giveUp = (): void => void secure.destroy();
  const timer = setTimeout(giveUp, it.timeoutMs);
  secure.on('error', giveUp);
  secure.once('close', () => {
    clearTimeout(timer);
    socket.destroy();
  });
  secure.once('secure', () => {
    clearTimeout(timer);
    it.begin(secure, true);
    // HTTP/2 waits for this event, which no socket of a server's emits unless tls.Server has made it.
    secure.emit('secureConnect');
  });
}

const tlsVersions = { minVersion: 'TLSv1.2' } as const;

function secureServer(
  context: { readonly cert: string; readonly key: string; readonly ALPNProtocols: string[] },
  limits: HttpLimits,
  accept: Accept,
): tls.Server {
  const secure = tls.createServer(
    { ...context, ...tlsVersions, handshakeTimeout: limits.handshakeMs },
    accept,
  );
  // A client that breaks off or speaks no TLS we know: its own trouble.
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  return secure;
}

/** Looks at the first byte without taking it. An error of the socket's ends the socket, and no more than that. */
function peek(socket: net.Socket, timeoutMs: number, then: (first: number) => unknown): void {
  const giveUp = () => socket.destroy();
  socket.on('error', giveUp);
  socket.setTimeout(timeoutMs, giveUp);
  socket.once('end', giveUp);
  socket.once('data', (chunk: Buffer) => {
    socket.pause();
    socket.setTimeout(0, giveUp);
    socket.off('timeout', giveUp);
    socket.off('end', giveUp);
    socket.unshift(chunk);
    then(chunk[0] ?? 0);
  });
}

const tlsRequired =
  'TLS is required here: use https://. Plain HTTP is taken from the machine of the gateway alone.\n';

/** Reads on for a moment, as a reset for unread bytes would take the answer away from the client. */
function refusePlain(socket: net.Socket, lingerMs: number): void {
  socket.setTimeout(lingerMs, () => socket.destroy());
  socket.resume();
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n' +
      `Content-Length: ${Buffer.byteLength(tlsRequired)}\r\n\r\n${tlsRequired}`,
  );
}

function listening(server: net.Server, { host, port }: HttpListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('listens on no port');
  return address.port;
}

/** A connection between two requests ends at once, one in a request when that is answered. */
async function closeGently(it: {
  front: net.Server;
  web: WebServer;
  second: Http2End | undefined;
  sockets: ReadonlySet<net.Socket>;
  undecided: ReadonlySet<net.Socket>;
  graceMs: number;
}): Promise<void> {
  const { front, web, second, sockets, undecided, graceMs } = it;
  const closed = new Promise<void>((resolve) => {
    front.close(() => resolve());
  });
  for (const socket of undecided) socket.destroy();
  web.drain();
  second?.drain();
  const cutOff = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(cutOff);
  web.server.close();
}
