import * as oidc from 'openid-client';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Answer, Begun, OidcLoginSpec, SignedIn, SignInDoor } from '../../core/login.ts';
import type { Clock } from '../../core/ports.ts';
import { claimAt, identityOf } from '../claims.ts';
import { providerAway, signInRefused } from './fault.ts';
import type { Flow, Flows } from './flows.ts';

const timeoutS = 10;
/** How long what the provider says of itself is used: its addresses and keys. */
const freshMs = 10 * 60_000;

export interface OidcDoorOptions {
  readonly spec: OidcLoginSpec;
  readonly flows: Flows;
  readonly clock: Clock;
  /** Where people reach the gateway. */
  readonly baseUrl: () => string;
  readonly resolveSecret: (secret: string) => Promise<string>;
}

type Claims = Readonly<Record<string, unknown>>;

/** Sign-in by OpenID Connect: authorization code with PKCE, state, nonce and `iss` (RFC 9700 §2.1). */
export class OidcDoor implements SignInDoor {
  readonly spec: OidcLoginSpec;
  readonly #it: OidcDoorOptions;
  #known: { readonly config: oidc.Configuration; readonly atMs: number } | undefined;

  constructor(options: OidcDoorOptions) {
    this.spec = options.spec;
    this.#it = options;
  }

  async begin(returnTo: string): Promise<Begun> {
    const { flows } = this.#it;
    const config = await this.#provider();
    const verifier = oidc.randomPKCECodeVerifier();
    const nonce = oidc.randomNonce();
    const flow = flows.begin({ issuer: this.spec.issuer, returnTo, nonce, verifier });
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: this.#redirectUri(),
      scope: this.spec.scopes.join(' '),
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state: flow.state,
      nonce,
    });
    return { url: url.href, state: flow.state, sealed: flows.seal(flow) };
  }

  async finish(answer: Answer, sealed: string): Promise<SignedIn> {
    if (answer.kind !== 'address') throw signInRefused('this is no answer of an OpenID Connect provider');
    const { searchParams } = answer.url;
    const state = searchParams.get('state') ?? '';
    const flow = this.#it.flows.unseal(sealed, { state, issuer: this.spec.issuer });
    // Whatever name the request was sent to: the provider compares with the one that it was asked with.
    const url = new URL(`${this.#redirectUri()}?${searchParams.toString()}`);
    const config = await this.#provider();
    const claims = await this.#claims(config, url, flow);
    return { identity: this.#identity(claims), returnTo: flow.returnTo };
  }

  async farewell(returnTo: string): Promise<string | undefined> {
    const config = await this.#provider();
    if (config.serverMetadata().end_session_endpoint === undefined) return undefined;
    return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href;
  }

  #redirectUri(): string {
    return `${this.#it.baseUrl()}/login/callback`;
  }

  /** @throws SallyportError `upstream_unavailable`, `credential_unavailable` */
  async #provider(): Promise<oidc.Configuration> {
    const nowMs = this.#it.clock.now();
    const known = this.#known;
    if (known !== undefined && nowMs >= known.atMs && nowMs < known.atMs + freshMs) return known.config;
    const { issuer, clientId, clientSecret } = this.spec;
    const secret = clientSecret === undefined ? undefined : await this.#it.resolveSecret(clientSecret);
    const plain = issuer.startsWith('http:'); // on this machine alone: the configuration has made sure
    try {
      const config = await oidc.discovery(
        new URL(issuer),
        clientId,
        secret,
        secret === undefined ? oidc.None() : undefined,
        { timeout: timeoutS, ...(plain ? { execute: [oidc.allowInsecureRequests] } : {}) },
      );
      // Or rules that name the issuer would see another: the address may be written in several ways, names may not.
      if (config.serverMetadata().issuer !== issuer) throw new Error(`${issuer} calls itself otherwise`);
      // Or the ID token would be taken on TLS's word alone.
      oidc.enableNonRepudiationChecks(config);
      this.#known = { config, atMs: nowMs };
      return config;
    } catch (error) {
      throw providerAway(issuer, error);
    }
  }

  /** Of the ID token, with those that are asked for and that only the user info has. */
  async #claims(config: oidc.Configuration, url: URL, { state, nonce, verifier }: Flow): Promise<Claims> {
    if (nonce === undefined || verifier === undefined) throw signInRefused('this sign-in is of another kind');
    try {
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw signInRefused('the provider gave no ID token');
      if (!this.#lacksSome(claims) || config.serverMetadata().userinfo_endpoint === undefined) return claims;
      return { ...(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims };
    } catch (error) {
      throw this.#refusal(error);
    }
  }

  #lacksSome(claims: Claims): boolean {
    const { subject = 'sub', groups = 'groups' } = this.spec.claims;
    return [subject, groups].some((name) => claimAt(claims, name) === undefined);
  }

  #identity(claims: Claims): Identity {
    const { issuer, kind, groups } = this.spec;
    return identityOf(claims, {
      issuer,
      kind,
      subject: this.spec.claims.subject ?? 'sub',
      groups: this.spec.claims.groups ?? 'groups',
      fixedGroups: groups,
      // Of the login: an ID token's own end says nothing about how long somebody stays signed in.
      expiresAtMs: this.#it.clock.now() + this.spec.lifetimeMs,
    });
  }

  /** What the provider or a forger said goes to the log; people read what it means. */
  #refusal(error: unknown): SallyportError {
    if (error instanceof SallyportError) return error;
    if (error instanceof oidc.AuthorizationResponseError) {
      if (error.error === 'access_denied')
        return signInRefused('signing in was refused at the provider', error);
      return signInRefused('the provider could not sign you in', error);
    }
    if (error instanceof oidc.ResponseBodyError) {
      return signInRefused('the provider does not take this answer back: it was used, or is too old', error);
    }
    if (error instanceof TypeError || isTimeout(error)) return providerAway(this.spec.issuer, error);
    return signInRefused('the answer of the provider does not hold', error);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'OAUTH_TIMEOUT';
}
