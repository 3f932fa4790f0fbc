import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createClient } from '../api/client.ts';
import type { Client } from '../api/client.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import { currentGateway, keptLogin } from './kept-logins.ts';
import type { Connection } from './local.ts';
import { configDefault } from './options.ts';
import type { Remote } from './options.ts';

const urlDefault = 'https://127.0.0.1:8443';

export interface GatewayAddress {
  readonly url: string;
  /** File of the authority that its certificate comes from; absent: one of the system's. */
  readonly ca?: string;
}

/**
 * The gateway's API, as flags, environment, configuration and the last sign-in say, in this order.
 * @throws UsageError where there is no token, or it would go over the network in clear
 */
export async function connect(io: Io, remote: Remote): Promise<Client> {
  const given = tokenGiven(io, remote);
  if (given === undefined && currentGateway(io) === undefined) throw noToken();
  const { url } = await gatewayOf(io, remote);
  return createClient({ url, token: given ?? tokenKept(io, url), fetch: io.fetch });
}

/** Where the gateway is; its authority is trusted from now on. @throws UsageError */
export async function gatewayOf(io: Io, remote: Remote): Promise<GatewayAddress> {
  const given = remote.url ?? filled(io.env['SALLYPORT_URL']);
  const configured = await connectionOf(io, remote, given !== undefined);
  const url = given ?? configured.url ?? currentGateway(io) ?? urlDefault;
  mustBeSafe(url);
  const named = remote.ca ?? filled(io.env['SALLYPORT_CA']);
  const ca = named ?? [configured.caFile, keptLogin(io, url)?.ca].find(isThere);
  if (ca !== undefined) trust(readText(ca, 'the authority'));
  return { url: url.replace(/\/+$/, ''), ...(ca === undefined ? {} : { ca: resolve(ca) }) };
}

function isThere(file: string | undefined): boolean {
  return file !== undefined && existsSync(file);
}

function tokenGiven({ env }: Io, { token, tokenFile }: Remote): string | undefined {
  const file = tokenFile === undefined ? undefined : readToken(tokenFile);
  const found = token ?? file ?? filled(env['SALLYPORT_TOKEN']);
  if (found === '') throw noToken();
  return found;
}

/** What signing in at this very gateway has given, and at no other. */
function tokenKept(io: Io, url: string): string {
  const kept = keptLogin(io, url);
  if (kept === undefined) throw noToken();
  if (Date.parse(kept.expiresAt) > io.now()) return kept.token;
  throw new UsageError(`your sign-in at ${url} is over`, 'Sign in again: sallyport login.');
}

function noToken(): UsageError {
  return new UsageError(
    'no token: the gateway must know who asks',
    'Sign in (sallyport login), or set SALLYPORT_TOKEN, or make one: SALLYPORT_TOKEN=$(sallyport token issue --subject you --kind human --groups … --ttl 1h)',
  );
}

/** @throws UsageError */
export function readToken(file: string): string {
  return readText(file, 'the token').trim();
}

/** A file that was not asked for, and is not needed, may be missing or broken. */
async function connectionOf(io: Io, { config }: Remote, urlGiven: boolean): Promise<Connection> {
  if (config === undefined && !existsSync(configDefault)) return {};
  const local = await io.local();
  try {
    return await local.connection(config ?? configDefault);
  } catch (error) {
    if (config === undefined && urlGiven) return {};
    throw error;
  }
}

/** @throws UsageError */
function mustBeSafe(text: string): void {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UsageError(`"${text}" is no address of a gateway`, `Such as ${urlDefault}.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new UsageError('a token must not go over the network in clear', 'Use https://.');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

/** Beside the system's authorities, for this process. */
function trust(pem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), pem]);
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${what} cannot be read: ${cause instanceof Error ? cause.message : file}`);
  }
}

function filled(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
