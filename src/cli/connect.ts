import { existsSync, readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createClient } from '../api/client.ts';
import type { Client } from '../api/client.ts';
import { UsageError } from './failure.ts';
import type { Io } from './io.ts';
import type { Connection } from './local.ts';
import { configDefault } from './options.ts';
import type { Remote } from './options.ts';

const urlDefault = 'https://127.0.0.1:8443';

/**
 * The gateway's API, as flags, environment and configuration say, in this order.
 * @throws UsageError where there is no token, or it would go over the network in clear
 */
export async function connect(io: Io, remote: Remote): Promise<Client> {
  const token = tokenOf(io, remote);
  const given = remote.url ?? filled(io.env['SALLYPORT_URL']);
  const configured = await connectionOf(io, remote, given !== undefined);
  const url = given ?? configured.url ?? urlDefault;
  mustBeSafe(url);
  const ca = remote.ca ?? filled(io.env['SALLYPORT_CA']);
  if (ca !== undefined) trust(readText(ca, 'the authority'));
  else if (configured.caFile !== undefined && existsSync(configured.caFile)) {
    trust(readText(configured.caFile, 'the authority'));
  }
  return createClient({ url, token, fetch: io.fetch });
}

function tokenOf({ env }: Io, { token, tokenFile }: Remote): string {
  const file = tokenFile === undefined ? undefined : readToken(tokenFile);
  const found = token ?? file ?? filled(env['SALLYPORT_TOKEN']);
  if (found !== undefined && found !== '') return found;
  throw new UsageError(
    'no token: the gateway must know who asks',
    'Set SALLYPORT_TOKEN, or make one: SALLYPORT_TOKEN=$(sallyport token issue --subject you --kind human --groups … --ttl 1h)',
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
