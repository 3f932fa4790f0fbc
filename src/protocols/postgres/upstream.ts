import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

import { SallyportError } from '../../core/errors.ts';
import type { Lease } from '../../core/ports.ts';
import type { PostgresAddress, UpstreamTlsMode } from '../../core/target.ts';
import { decodeAuthentication, decodeBackendKeyData } from '../../wire/postgres/backend-login.ts';
import {
  BackendType,
  decodeErrorFields,
  decodeParameterStatus,
  decodeReadyForQuery,
  forEachField,
} from '../../wire/postgres/backend.ts';
import { FrameSplitter } from '../../wire/postgres/frames.ts';
import {
  encodeCancelRequest,
  encodeQuery,
  encodeSASLInitialResponse,
  encodeSASLResponse,
  encodeSSLRequest,
  encodeStartup,
  encodeTerminate,
} from '../../wire/postgres/frontend.ts';
import { ScramClient } from '../../wire/postgres/scram.ts';

/** Bounds what an upstream may send before it is ready for queries. */
const loginMessageBytesMax = 1024 * 1024;
const connectTimeoutMs = 10_000;
const closeTimeoutMs = 2_000;
/** For what the gateway asks by itself: others may wait for the same answer. */
const questionTimeoutMs = 30_000;
/** A real server sends some twenty. */
const loginMessagesMax = 1_000;

/** An upstream that has let us in and is ready for queries. */
export interface Upstream {
  readonly socket: Socket;
  /** All that it has reported (`server_version` …), in its order. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Its backend process, as `pg_stat_activity` shows it. */
  readonly processId: number;
  /** Asks it to stop what runs now; resolves when the server has passed the request on. */
  cancel(): Promise<void>;
}

/**
 * Connects and logs in with a lease's credential.
 * @throws SallyportError `upstream_unavailable` or `upstream_protocol`; neither carries the credential
 */
export async function connectUpstream(
  address: PostgresAddress,
  lease: Lease,
  startup: ReadonlyMap<string, string>,
): Promise<Upstream> {
  // `allow`: TLS only if the server refuses without it, most often by a `hostssl` line.
  if (address.tls !== 'allow') return logIn(address, lease, startup);
  const plain = logIn({ ...address, tls: 'disable' }, lease, startup);
  return plain.catch(() => logIn({ ...address, tls: 'require' }, lease, startup));
}

async function logIn(
  address: PostgresAddress,
  lease: Lease,
  startup: ReadonlyMap<string, string>,
): Promise<Upstream> {
  const socket = await open(address);
  const login = new Login(socket, lease, startup, address);
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), connectTimeoutMs);
  try {
    const { parameters, key, processId } = await login.done;
    return { socket, parameters, processId, cancel: () => cancel(address, key) };
  } catch (error) {
    socket.destroy();
    throw unavailable(address, error);
  } finally {
    clearTimeout(timer);
  }
}

/** What the server says to a question of the gateway's own. */
export class ServerError extends Error {
  readonly sqlstate: string;

  constructor(message: string, sqlstate: string) {
    super(message);
    this.sqlstate = sqlstate;
  }
}

/**
 * Runs one statement of the gateway's own, on a connection that serves no client meanwhile. Text rows.
 * @throws ServerError where the server refuses it; SallyportError `upstream_unavailable` where it goes away
 */
export function queryUpstream(upstream: Upstream, text: string): Promise<(string | null)[][]> {
  return askUpstream(upstream, encodeQuery(text));
}

/** Sends messages of the gateway's own that bring one ReadyForQuery. Text rows. */
export async function askUpstream(upstream: Upstream, messages: Buffer): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  await converse(upstream, messages, (type, buffer, start, end) => {
    if (type === BackendType.DataRow) rows.push(textRow(buffer, start, end));
  });
  return rows;
}

/**
 * Sends messages of the gateway's own that bring one ReadyForQuery, and hands over whatever else comes.
 * @throws ServerError where the server refuses them; SallyportError `upstream_unavailable` where it goes away
 */
export function converse(
  { socket }: Upstream,
  messages: Buffer,
  heard: (type: number, buffer: Buffer, start: number, end: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let failed: Error | undefined;
  const splitter = new FrameSplitter({ side: 'upstream', bytesMax: () => 64 * 1024 * 1024 });
  const sink = {
    frame(type: number, buffer: Buffer, start: number, end: number): void {
      if (type === BackendType.ErrorResponse) {
        const fields = decodeErrorFields(buffer, start, end);
        failed = new ServerError(fields.get('M') ?? 'unknown error', fields.get('C') ?? '');
      } else if (type === BackendType.ReadyForQuery) {
        if (failed === undefined) resolve();
        else reject(failed);
      } else heard(type, buffer, start, end);
    },
  };
  const onData = (chunk: Buffer): void => {
    try {
      splitter.push(chunk, sink);
    } catch (error) {
      reject(error);
    }
  };
  const onError = (cause: unknown): void => reject(wentAway(cause));
  // What it said last may say why.
  const onClose = (): void => onError(failed ?? new Error('the upstream closed the connection'));
  // One that has gone before says so no more.
  if (socket.destroyed) onClose();
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), questionTimeoutMs);
  socket.on('data', onData).on('close', onClose).on('error', onError);
  socket.write(messages);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off('data', onData).off('close', onClose).off('error', onError);
  });
}

function wentAway(cause: unknown): SallyportError {
  return new SallyportError(
    'upstream_unavailable',
    "Sallyport: the target's server went away while the gateway asked it what names mean",
    { hint: 'Connect again.', cause },
  );
}

/** Ends a connection of the gateway's own. Resolves when the server has let go of it: until then it counts against the role's limit. */
export async function closeUpstream({ socket }: Upstream): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (socket.closed) return;
  const timer = setTimeout(() => socket.destroy(), closeTimeoutMs);
  socket.resume().end(encodeTerminate());
  await closed;
  clearTimeout(timer);
}

function textRow(buffer: Buffer, start: number, end: number): (string | null)[] {
  const row: (string | null)[] = [];
  forEachField(buffer, start, end, (_index, at, length) => {
    row.push(length < 0 ? null : buffer.toString('utf8', at, at + length));
  });
  return row;
}

/** The messages of one login, up to the first ReadyForQuery. */
class Login {
  readonly done: Promise<{ parameters: Map<string, string>; key: Buffer; processId: number }>;
  readonly #socket: Socket;
  readonly #lease: Lease;
  readonly #parameters = new Map<string, string>();
  #key: Buffer = Buffer.alloc(0);
  #processId = 0;
  #scram: ScramClient | undefined;
  #proven = false;
  #messages = 0;
  readonly #local: boolean;

  constructor(socket: Socket, lease: Lease, startup: ReadonlyMap<string, string>, address: PostgresAddress) {
    this.#socket = socket;
    this.#lease = lease;
    this.#local = address.host.startsWith('/');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const splitter = new FrameSplitter({ side: 'upstream', bytesMax: () => loginMessageBytesMax });
    const sink = {
      frame: (type: number, buffer: Buffer, start: number, end: number): void => {
        if (this.#message(type, buffer, start, end)) resolve();
      },
    };
    const onData = (chunk: Buffer): void => {
      try {
        splitter.push(chunk, sink);
      } catch (error) {
        reject(error);
      }
    };
    const onClose = (): void => reject(new Error('the upstream closed the connection'));
    socket.on('data', onData).on('close', onClose).on('error', reject);
    this.done = promise
      .then(() => ({ parameters: this.#parameters, key: this.#key, processId: this.#processId }))
      .finally(() => socket.off('data', onData).off('close', onClose).off('error', reject));
    const all = new Map(startup).set('user', lease.user).set('database', address.database);
    socket.write(encodeStartup(all, { minor: 0 }));
  }

  /** Whether the upstream is ready now. */
  #message(type: number, buffer: Buffer, start: number, end: number): boolean {
    this.#messages += 1;
    if (this.#messages > loginMessagesMax) throw new Error('a login without an end');
    switch (type) {
      case BackendType.Authentication:
        this.#authenticate(buffer, start, end);
        return false;
      case BackendType.ParameterStatus: {
        const { name, value } = decodeParameterStatus(buffer, start, end);
        // A hostile upstream must not fill the memory with names (THREATS 4).
        if (this.#parameters.size >= 100) throw new Error('too many parameters');
        this.#parameters.set(name, value);
        return false;
      }
      case BackendType.BackendKeyData: {
        if (this.#key.length > 0) throw new Error('two cancel keys');
        const key = decodeBackendKeyData(buffer, start, end);
        this.#key = encodeCancelRequest(key);
        this.#processId = key.processId;
        return false;
      }
      case BackendType.ReadyForQuery:
        decodeReadyForQuery(buffer, start, end);
        if (!this.#proven) throw new Error('ready before authentication was over');
        return true;
      case BackendType.ErrorResponse:
        throw new Error(describeServerError(decodeErrorFields(buffer, start, end)));
      case BackendType.NoticeResponse:
        return false;
      default:
        throw new Error(`unexpected message ${type} during login`);
    }
  }

  #authenticate(buffer: Buffer, start: number, end: number): void {
    const asked = decodeAuthentication(buffer, start, end);
    switch (asked.kind) {
      case 'Ok':
        // A server that skips its part of SCRAM has not proven that it knows the password (RFC 5802, §5), and one
        // that wants none may be anybody; a socket of this machine is guarded by its folder.
        if (this.#scram === undefined && this.#lease.password !== undefined && !this.#local)
          throw new Error('the upstream wants no proof, though there is a password for it');
        if (this.#scram !== undefined && !this.#scram.verified) throw new Error('SCRAM ended half-way');
        this.#proven = true;
        return;
      case 'SASL': {
        if (!asked.mechanisms.includes('SCRAM-SHA-256'))
          throw new Error('the upstream offers no SCRAM-SHA-256');
        const password = this.#lease.password;
        if (password === undefined) throw new Error('the upstream wants a password and the target has none');
        this.#scram = new ScramClient({ password, nonce: randomBytes(18).toString('base64') });
        this.#socket.write(encodeSASLInitialResponse('SCRAM-SHA-256', this.#scram.first()));
        return;
      }
      case 'SASLContinue':
        if (this.#scram === undefined) throw new Error('SCRAM out of turn');
        this.#socket.write(encodeSASLResponse(this.#scram.continue(asked.data)));
        return;
      case 'SASLFinal':
        if (this.#scram === undefined) throw new Error('SCRAM out of turn');
        this.#scram.finish(asked.data);
        return;
      default:
        // A password in clear or as MD5 would hand the credential to whoever plays the upstream.
        throw new Error('the upstream asks for another proof than SCRAM-SHA-256');
    }
  }
}

function describeServerError(fields: ReadonlyMap<string, string>): string {
  return `${fields.get('C') ?? 'no SQLSTATE'}: ${fields.get('M') ?? 'no message'}`;
}

function unavailable(address: PostgresAddress, cause: unknown): SallyportError {
  if (cause instanceof SallyportError) return cause;
  return new SallyportError(
    'upstream_unavailable',
    `Sallyport: the target's server does not let the gateway in`,
    {
      hint: `Whoever runs the gateway finds the cause in its log (${address.host}:${address.port}).`,
      cause,
    },
  );
}

/** Cancel requests use a connection of their own (protocol, "Canceling Requests in Progress"). */
async function cancel(address: PostgresAddress, request: Buffer): Promise<void> {
  if (request.length === 0) return;
  const socket = await open(address);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(connectTimeoutMs, () => socket.destroy());
  socket.resume().end(request);
  // The server closes this connection once it has passed the request on.
  await closed;
}

async function open(address: PostgresAddress): Promise<Socket> {
  try {
    if (address.host.startsWith('/')) return await dial(address);
    return await openWithTls(address, address.tls);
  } catch (error) {
    throw unavailable(address, error);
  }
}

/** libpq's `sslmode` (PostgreSQL documentation, "SSL Support", table 32.1). */
async function openWithTls(address: PostgresAddress, mode: UpstreamTlsMode): Promise<Socket> {
  switch (mode) {
    case 'disable':
      return dial(address);
    case 'allow':
      return dial(address);
    case 'prefer': {
      const socket = await dial(address);
      return (await offersTls(socket)) ? secure(socket, address, mode) : socket;
    }
    case 'require':
    case 'verify-ca':
    case 'verify-full': {
      const socket = await dial(address);
      if (await offersTls(socket)) return secure(socket, address, mode);
      socket.destroy();
      throw new Error('the upstream offers no TLS');
    }
  }
}

function dial({ host, port }: PostgresAddress): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = host.startsWith('/')
    ? connectTcp({ path: join(host, `.s.PGSQL.${port}`) })
    : connectTcp({ host, port, noDelay: true, keepAlive: true });
  const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), connectTimeoutMs);
  socket.once('error', reject).once('connect', () => resolve(socket));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off('error', reject);
  });
}

async function offersTls(socket: Socket): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const onClose = (): void => reject(new Error('the upstream closed the connection'));
  socket.once('data', resolve).once('error', reject).once('close', onClose);
  socket.write(encodeSSLRequest());
  const answer = await promise.finally(() => socket.off('error', reject).off('close', onClose));
  // More than the one byte means that somebody put bytes in front of the handshake (CVE-2021-23222).
  if (answer.length !== 1) throw new Error('bytes before the TLS handshake');
  if (answer[0] === 0x53) return true;
  if (answer[0] === 0x4e) return false;
  throw new Error('no answer to SSLRequest');
}

async function secure(socket: Socket, address: PostgresAddress, mode: UpstreamTlsMode): Promise<Socket> {
  const verifies = mode === 'verify-ca' || mode === 'verify-full';
  const ca = address.caFile === undefined ? undefined : await readFile(address.caFile, 'utf8');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tls = connectTls({
    socket,
    // A certificate is checked wherever one can be: `require` with an authority given is `verify-ca` in libpq too.
    rejectUnauthorized: verifies || ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    // What the certificate must be for; without it Node takes an address for "localhost".
    host: address.host,
    ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
    ALPNProtocols: ['postgresql'],
  });
  tls.once('secureConnect', resolve).once('error', reject);
  await promise.finally(() => tls.off('error', reject));
  return tls;
}
