import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { SallyportError } from '../../core/errors.ts';
import { isLoopback } from '../../transport/loopback.ts';
import { encodeNegotiateProtocolVersion } from '../../wire/postgres/backend-login.ts';
import { StartupSplitter } from '../../wire/postgres/frames.ts';
import { decodeStartup } from '../../wire/postgres/frontend.ts';
import type { StartupMessage, StartupPacket } from '../../wire/postgres/frontend.ts';
import { parseStartupOptions, settingEffect } from '../../wire/sql/settings.ts';
import type { CancelKey } from './cancels.ts';
import { nextChunk } from './chunks.ts';
import { askForProof } from './proof.ts';
import type { Proof } from './proof.ts';

/** First byte of a TLS handshake record: a client that starts with TLS at once (`sslnegotiation=direct`). */
const tlsHandshake = 0x16;
/** The newest minor version of protocol 3 that is spoken: 3.2, PostgreSQL 18's. */
const newestMinor = 2;

/** What a client has said before anybody knows who it is. */
export interface Introduction {
  readonly socket: Socket;
  readonly minor: number;
  /** The target's name. */
  readonly database: string;
  /** Settings for the upstream's session, each checked to be harmless. */
  readonly settings: ReadonlyMap<string, string>;
  readonly application: string | undefined;
  readonly proof: Proof;
}

export type Opening = Introduction | { readonly cancel: CancelKey } | undefined;

/** Somebody who has not proven anything yet, as far as is known. */
export interface Stranger {
  /** Its TLS socket once there is one. */
  socket: Socket;
  /** What it asks for, once it has said so. */
  target: string;
}

/**
 * The steps up to the proof of identity. Undefined: the client left.
 * @param discoveryUrl where clients of OAUTHBEARER learn how to get a token
 * @throws SallyportError or WireError; the caller answers with an ErrorResponse
 */
export async function introduce(
  stranger: Stranger,
  tls: SecureContext,
  discoveryUrl: string | undefined,
): Promise<Opening> {
  const started = await start(stranger, tls);
  if (started === undefined) return undefined;
  const { packet, rest } = started;
  const { socket } = stranger;
  if (packet.kind === 'CancelRequest') return { cancel: packet };
  if (rest.length > 0) throw new SallyportError('protocol', 'Sallyport: bytes before the login was answered');
  if (!(socket instanceof TLSSocket) && !isLoopback(socket.remoteAddress ?? '')) {
    throw new SallyportError('tls_required', 'Sallyport: connect with TLS (sslmode=require or stricter)', {
      hint: 'Your token would travel in clear. Only clients on this machine may go without TLS.',
    });
  }
  const database = packet.parameters.get('database') ?? packet.parameters.get('user') ?? '';
  stranger.target = database;
  const { settings, application } = readParameters(packet);
  negotiate(socket, packet);
  const proof = await askForProof(socket, packet.parameters.get('user'), discoveryUrl);
  if (proof === undefined) return undefined;
  return { socket, minor: Math.min(packet.minor, newestMinor), database, settings, application, proof };
}

interface Started {
  readonly packet: Exclude<StartupPacket, { kind: 'SSLRequest' | 'GSSENCRequest' }>;
  readonly rest: Buffer;
}

/** Encryption is asked for at most once each, then comes the startup message or a CancelRequest. */
async function start(stranger: Stranger, tls: SecureContext): Promise<Started | undefined> {
  const asked = new Set<string>();
  let splitter = new StartupSplitter();
  let first = true;
  for (;;) {
    const chunk = await nextChunk(stranger.socket);
    if (chunk === undefined) return undefined;
    if (first && chunk[0] === tlsHandshake) {
      stranger.socket.unshift(chunk);
      const { alpnProtocol } = await secure(stranger, tls);
      // Direct TLS must name the protocol, so that no other one's client can be talked into this (ALPACA).
      if (alpnProtocol !== 'postgresql') {
        throw new SallyportError('protocol', 'Sallyport: direct TLS needs the ALPN protocol "postgresql"');
      }
      asked.add('SSLRequest');
      first = false;
      continue;
    }
    first = false;
    const found = splitter.push(chunk);
    if (found === undefined) continue;
    const packet = decodeStartup(found.packet);
    if (packet.kind === 'StartupMessage' || packet.kind === 'CancelRequest') {
      return { packet, rest: found.rest };
    }
    if (asked.has(packet.kind)) throw new SallyportError('protocol', `Sallyport: ${packet.kind} twice`);
    asked.add(packet.kind);
    // Bytes behind the request would be taken for bytes that TLS protects (CVE-2021-23214).
    if (found.rest.length > 0)
      throw new SallyportError('protocol', 'Sallyport: bytes before the TLS handshake');
    splitter = new StartupSplitter();
    if (packet.kind === 'GSSENCRequest') {
      stranger.socket.write('N');
    } else {
      stranger.socket.write('S');
      await secure(stranger, tls);
    }
  }
}

async function secure(stranger: Stranger, secureContext: SecureContext): Promise<TLSSocket> {
  const raw = stranger.socket;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = new TLSSocket(raw, { isServer: true, secureContext, ALPNProtocols: ['postgresql'] });
  const onClose = (): void => reject(new SallyportError('closed', 'Sallyport: the TLS handshake failed'));
  socket.once('secure', resolve).once('error', onClose).once('close', onClose);
  raw.once('close', onClose);
  socket.on('error', () => socket.destroy());
  stranger.socket = socket;
  await promise.finally(() => {
    socket.off('error', onClose).off('close', onClose);
    raw.off('close', onClose);
  });
  return socket;
}

function readParameters({ parameters }: StartupMessage): Pick<Introduction, 'settings' | 'application'> {
  if ((parameters.get('replication') ?? 'false') !== 'false') {
    throw new SallyportError('denied', 'Sallyport: replication connections are not served', {
      hint: 'They would carry whole tables past the masks.',
    });
  }
  const settings = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (['user', 'database', 'replication', 'options'].includes(name) || name.startsWith('_pq_.')) continue;
    settings.set(checkedName(name, value), value);
  }
  const options = parseStartupOptions(parameters.get('options') ?? '');
  if (options === undefined) {
    throw new SallyportError('denied', 'Sallyport: only settings (-c name=value) may be given in "options"');
  }
  for (const [name, value] of options) settings.set(checkedName(name, value), value);
  return { settings, application: settings.get('application_name') };
}

/** Only settings that change nothing but the session's own manners. */
function checkedName(name: string, value: string): string {
  const effect = settingEffect(name, value);
  if (effect.kind === 'session') return name;
  throw new SallyportError('denied', `Sallyport: the setting ${name} cannot be given at login`, {
    hint: 'Leave it out of the connection string and of PGOPTIONS.',
    detail: { uncovered: [`${effect.kind}.${effect.action}`] },
  });
}

/** Newer minor versions and protocol options are answered with what is spoken here. */
function negotiate(socket: Socket, { minor, parameters }: StartupMessage): void {
  const options = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
  if (minor <= newestMinor && options.length === 0) return;
  socket.write(
    encodeNegotiateProtocolVersion({ minor: Math.min(minor, newestMinor), unrecognized: options }),
  );
}
