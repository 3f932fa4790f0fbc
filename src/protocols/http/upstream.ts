import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { Pool, type Dispatcher } from 'undici';
import { SallyportError } from '../../core/errors.ts';
import type { RequestCredential } from '../../core/ports.ts';
import type { HttpAddress } from '../../core/target.ts';
import { mayConnectTo, ranges } from '../../transport/addresses.ts';
import { fieldsForUpstream, type Field } from '../../wire/http/headers.ts';
import type { Asked } from './request.ts';
import { askedFor, type TargetAnswer } from './target-answer.ts';

const connectTimeoutMs = 10_000;
/** To the first byte of an answer, and between two chunks of it. */
const answerTimeoutMs = 300_000;
/** At one target at a time, by all sessions. */
const connectionsMax = 256;

/** A target's address, taken apart once. */
interface Place {
  readonly pool: Pool;
  /** What all paths begin with; empty or without a `/` at its end. */
  readonly root: string;
  /** For further connections; equal keys are equal addresses. */
  readonly options: { readonly base: URL; readonly key: string };
}

/** Connections to targets, kept for the next request. */
export class Upstreams {
  readonly #pools = new Map<string, Pool>();
  readonly #places = new WeakMap<HttpAddress, Place>();

  /** @throws SallyportError `upstream_unavailable` */
  async request(
    address: HttpAddress,
    request: {
      asked: Asked;
      fields: readonly Field[];
      credential: RequestCredential;
      body: Dispatcher.DispatchOptions['body'];
      signal: AbortSignal;
    },
  ): Promise<Dispatcher.ResponseData> {
    const { asked, fields, credential, body, signal } = request;
    const { pool, root } = this.#place(address);
    const path = `${root}${asked.path}${withParameters(asked.query, credential.query)}`;
    const headers = [...fields, ...credential.headers].flat();
    try {
      return await pool.request({
        path,
        method: asked.method as Dispatcher.HttpMethod,
        headers,
        body: body ?? null,
        signal,
      });
    } catch (error) {
      // The body itself may be what is refused, once it is looked at.
      if (error instanceof SallyportError) throw error;
      throw signal.aborted ? signal.reason : unavailable(error);
    }
  }

  /** As `request`, of which a short answer comes as a whole. @throws SallyportError `upstream_unavailable` */
  async ask(
    address: HttpAddress,
    request: {
      asked: Asked;
      fields: readonly Field[];
      credential: RequestCredential;
      body: Dispatcher.DispatchOptions['body'];
      signal: AbortSignal;
    },
  ): Promise<TargetAnswer> {
    const { asked, fields, credential, body, signal } = request;
    const { pool, root } = this.#place(address);
    const path = `${root}${asked.path}${withParameters(asked.query, credential.query)}`;
    const headers = [...fields, ...credential.headers].flat();
    const method = asked.method as Dispatcher.HttpMethod;
    try {
      return await askedFor(pool, { path, method, headers, body: body ?? null }, signal);
    } catch (error) {
      // The body itself may be what is refused, once it is looked at.
      if (error instanceof SallyportError) throw error;
      throw signal.aborted ? signal.reason : unavailable(error);
    }
  }

  /**
   * A connection that is no HTTP any more (RFC 9110 §7.8), and the fields of the answer.
   * @throws SallyportError `upstream_unavailable`, or `upstream_protocol` where the target does not switch
   */
  async upgrade(
    address: HttpAddress,
    request: {
      asked: Asked;
      fields: readonly Field[];
      credential: RequestCredential;
      protocol: string;
      signal: AbortSignal;
    },
  ): Promise<Dispatcher.UpgradeData> {
    const { asked, fields, credential, protocol, signal } = request;
    const { root, options } = this.#place(address);
    // HTTP/2 switches in another way, which few servers know.
    const pool = this.#pool(`${options.key} switches`, () => poolFor(options.base, address, false));
    const path = `${root}${asked.path}${withParameters(asked.query, credential.query)}`;
    const headers = [...fields, ...credential.headers].flat();
    try {
      return await pool.upgrade({ path, method: 'GET', headers, protocol, signal });
    } catch (error) {
      const isAnswer = error instanceof Error && error.message === 'bad upgrade';
      throw signal.aborted ? signal.reason : isAnswer ? doesNotSwitch(protocol) : unavailable(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  /** A reload makes a new address, which may lead to the same connections. */
  #place(address: HttpAddress): Place {
    const known = this.#places.get(address);
    if (known !== undefined) return known;
    const { url, caFile, certificate, networks, http2 } = address;
    const base = new URL(url);
    const key = JSON.stringify([base.origin, caFile, certificate, networks, http2]);
    const pool = this.#pool(key, () => poolFor(base, address, true));
    const place = { pool, root: base.pathname === '/' ? '' : base.pathname, options: { base, key } };
    this.#places.set(address, place);
    return place;
  }

  #pool(key: string, make: () => Pool): Pool {
    let pool = this.#pools.get(key);
    if (pool === undefined) this.#pools.set(key, (pool = make()));
    return pool;
  }
}

/** What of the client's header fields goes on, beside what the gateway adds. */
export function requestFields(
  asked: Asked,
  credential: RequestCredential,
  bodyBytes: number | undefined,
  whole: boolean,
): Field[] {
  const own = ownFields(credential);
  // A part of an answer cannot be looked into; and whether a guessed digest of what is hidden is right, nobody is told.
  const reads = asked.method === 'GET' || asked.method === 'HEAD';
  const never = whole ? (reads ? ofParts.reads : ofParts.writes) : ofParts.none;
  const fields = fieldsForUpstream(asked.fields).filter(([name]) => {
    const lower = name.toLowerCase();
    return !own.has(lower) && !never.has(lower);
  });
  fields.push(['accept-encoding', 'identity']);
  if (bodyBytes !== undefined) fields.push(['content-length', String(bodyBytes)]);
  return fields;
}

const ofParts = {
  none: new Set<string>(),
  writes: new Set(['range', 'if-range']),
  reads: new Set(['range', 'if-range', 'if-match', 'if-none-match']),
} as const;

const ownNames = new WeakMap<RequestCredential, ReadonlySet<string>>();

/** Those that the gateway adds, in small letters. */
function ownFields(credential: RequestCredential): ReadonlySet<string> {
  let own = ownNames.get(credential);
  if (own === undefined) {
    own = new Set([...credential.headers.keys()].map((name) => name.toLowerCase()));
    ownNames.set(credential, own);
  }
  return own;
}

function poolFor(base: URL, { caFile, certificate, networks, http2 }: HttpAddress, allowH2: boolean): Pool {
  const useH2c = allowH2 && http2 === true;
  return new Pool(base.origin, {
    allowH2,
    ...(useH2c ? { h2Options: { useH2c } } : {}),
    connections: connectionsMax,
    pipelining: 1,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
    connect: {
      ...(useH2c ? { useH2c } : {}),
      timeout: connectTimeoutMs,
      lookup: guardedLookup(base.hostname, networks),
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
      ...(certificate === undefined ? {} : clientCertificate(certificate)),
    },
  });
}

/** Read when the first connection is made. */
function clientCertificate({ certFile, keyFile }: NonNullable<HttpAddress['certificate']>): {
  cert: string;
  key: string;
} {
  try {
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } catch (cause) {
    throw new SallyportError(
      'credential_unavailable',
      'Sallyport: the certificate for this target cannot be read',
      { hint: 'Tell whoever runs the gateway. The log says why.', cause },
    );
  }
}

/** A name that leads to an address inside is refused, at whatever moment it does: DNS may answer otherwise each time. */
export function guardedLookup(host: string, networks: readonly string[]): LookupFunction {
  const named = ranges(networks);
  // An address, or this machine by its name, says itself where it leads.
  const plain = isIP(host.replaceAll(/^\[|\]$/g, '')) !== 0 || host === 'localhost';
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const allowed = found.filter(({ address }) => plain || mayConnectTo(address, named));
      const [first] = allowed;
      if (first === undefined) {
        return callback(new Error(`${hostname} leads to addresses that the target does not name`), []);
      }
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

/** The query with the gateway's parameters; what the client gives under their names goes. */
function withParameters(query: string, parameters: ReadonlyMap<string, string>): string {
  if (parameters.size === 0) return query;
  const own = query
    .slice(1)
    .split('&')
    .filter((part) => part !== '' && !parameters.has(nameOf(part)));
  const added = [...parameters].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return `?${[...own, ...added].join('&')}`;
}

function nameOf(part: string): string {
  const [name] = new URLSearchParams(part).keys();
  return name ?? '';
}

/** Whether it is certain that nothing of a request has reached the target: there was no connection. */
export function nothingSent(error: unknown): boolean {
  if (!(error instanceof SallyportError)) return false;
  if (error.code === 'credential_unavailable') return true;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code);
}

function doesNotSwitch(protocol: string): SallyportError {
  return new SallyportError(
    'upstream_protocol',
    `Sallyport: the target does not switch to ${protocol} here`,
    {
      hint: 'Ask for the same address without it to see what it says.',
    },
  );
}

function unavailable(cause: unknown): SallyportError {
  return new SallyportError('upstream_unavailable', 'Sallyport: the target does not answer', {
    hint: 'Try again; if it stays so, tell whoever runs it. The log of the gateway says why.',
    cause,
  });
}
