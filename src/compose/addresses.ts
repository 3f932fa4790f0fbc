import type { Config } from '../config/config.ts';

/** Ports that are open, by key of `listen`. */
export interface Ports {
  readonly postgres?: number;
  readonly http?: number;
  readonly targets?: number;
  readonly proxy?: number;
}

/** Where clients and people reach the API; `port` is the real one where the configuration leaves it open. */
export function baseUrl({ listen }: Config, port = listen.http ?? 8443): string {
  if (listen.url !== undefined) return listen.url;
  const host = ['0.0.0.0', '::'].includes(listen.host) ? 'localhost' : listen.host;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * The gateway's own where people sign in, as its device flow ends with a ticket; else that of the issuer that clients
 * most likely have a token of, the first for people or the first of all.
 */
export function discoveryUrl(config: Config, httpPort: number | undefined): string | undefined {
  const server = authorizationServer(config, httpPort);
  const isOwn = config.identity.login !== undefined && httpPort !== undefined;
  const page = isOwn ? 'oauth-authorization-server' : 'openid-configuration';
  return server && `${server.replace(/\/$/, '')}/.well-known/${page}`;
}

/** Who gives out tokens to clients that log in by themselves, exactly as it calls itself. */
export function authorizationServer(config: Config, httpPort: number | undefined): string | undefined {
  const { issuers, login } = config.identity;
  if (login !== undefined && httpPort !== undefined) return baseUrl(config, httpPort);
  return (issuers.find(({ kind }) => kind === 'human') ?? issuers[0])?.issuer;
}
