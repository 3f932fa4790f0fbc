import type { Identity } from './identity.ts';
import type { ClaimNames } from './issuer.ts';
import type { Secret } from './target.ts';
import type { IssuedTicket } from './tickets.ts';

/** How people sign in with a browser: one provider. */
export type LoginSpec = OidcLoginSpec | SamlLoginSpec;

interface AnyLoginSpec {
  /** How long a login may rest. */
  readonly idleMs: number;
  /** How long it lasts at most, in use or not. */
  readonly lifetimeMs: number;
  readonly kind: 'agent' | 'human';
  readonly claims: ClaimNames;
  /** Groups that everybody has who signs in here, beside those of the claim. */
  readonly groups: readonly string[];
}

export interface OidcLoginSpec extends AnyLoginSpec {
  readonly via: 'oidc';
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  readonly clientSecret?: Secret;
  readonly scopes: readonly string[];
}

export interface SamlLoginSpec extends AnyLoginSpec {
  readonly via: 'saml';
  /** Where browsers are sent, with a request in the address. */
  readonly entryPoint: string;
  /** The provider's entity id; the issuer of those who sign in. */
  readonly issuer: string;
  /** PEM file of one or several certificates. */
  readonly certFile: string;
  /** The gateway's own entity id. */
  readonly audience: string;
  /** Where answers come to; absent: the gateway's own address and `/login/saml`. */
  readonly callback?: string;
  readonly signed: SamlSigned;
  /** By which encrypted assertions are read, in PEM; absent: none are taken. */
  readonly decryptionKey?: Secret;
  /** PEM file of its certificate, for the metadata. */
  readonly decryptionCertFile?: string;
}

/** Which parts of an answer must be signed. */
export const samlSigned = ['assertion', 'response', 'both'] as const;
export type SamlSigned = (typeof samlSigned)[number];

/** A sign-in under way. */
export interface Begun {
  /** Where the browser goes. */
  readonly url: string;
  /** What the answer is known by. */
  readonly state: string;
  /** What the browser keeps meanwhile, unreadable to it. */
  readonly sealed: string;
}

/** What the browser brought back from the provider. */
export type Answer =
  | { readonly kind: 'address'; readonly url: URL }
  | { readonly kind: 'form'; readonly samlResponse: string; readonly relayState: string };

export interface SignedIn {
  readonly identity: Identity;
  readonly returnTo: string;
}

/** The provider that people sign in with. */
export interface SignInDoor {
  readonly spec: LoginSpec;
  /** @throws SallyportError `upstream_unavailable` */
  begin(returnTo: string): Promise<Begun>;
  /**
   * @param sealed as it was given to this very browser
   * @throws SallyportError `unauthenticated`, `upstream_unavailable`
   */
  finish(answer: Answer, sealed: string): Promise<SignedIn>;
  /** Where the provider ends its own session with this browser, if it can. */
  farewell(returnTo: string): Promise<string | undefined>;
  /** What a SAML provider wants to know of the gateway, as XML. */
  metadata?(): Promise<string>;
}

/** Somebody signed in with a browser. */
export interface Login {
  /** Names it in lists; opens nothing. */
  readonly id: string;
  readonly identity: Identity;
  /** What a page of the gateway sends along with whatever changes something. */
  readonly csrf: string;
  readonly via: LoginSpec['via'];
  /** From which address. */
  readonly client: string;
  /** What the browser said it is. */
  readonly agent: string;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
  readonly expiresAtMs: number;
}

export interface LoginRecords {
  add(login: Login, secretHash: string): Promise<void>;
  find(secretHash: string): Promise<Login | undefined>;
  has(id: string): Promise<boolean>;
  seen(id: string, atMs: number): Promise<void>;
  remove(id: string): Promise<boolean>;
  /** Newest first; without an issuer those of any. */
  list(subject: string, issuer?: string): Promise<readonly Login[]>;
  removeExpired(nowMs: number): Promise<void>;
}

/** Logins, as the API uses them. */
export interface Logins {
  /** @returns the login, and the secret that the browser's cookie holds */
  open(it: Pick<Login, 'identity' | 'via' | 'client' | 'agent'>): Promise<{ login: Login; secret: string }>;
  /**
   * Undefined: there is none, or it has ended.
   * @param use whether this counts as use, which keeps it from resting
   */
  find(secret: string, use?: boolean): Promise<Login | undefined>;
  list(identity: Identity): Promise<readonly Login[]>;
  end(login: Login, reason: LoginEnd): Promise<void>;
  /** Ends those of whoever was shut out; without an issuer those of any. */
  revoke(subject: string, issuer?: string): Promise<number>;
}

export type LoginEnd = 'signed_out' | 'replaced' | 'revoked' | 'expired';

/** A command line that waits for a person to sign in for it. */
export interface LoginCode {
  /** SHA-256 of the secret that it presents in the end. */
  readonly hash: string;
  /** `loopback`: RFC 8252, given when confirmed. `device`: RFC 8628, given before. */
  readonly kind: 'loopback' | 'device';
  /** What people type, in the form they see; of `device` alone. */
  readonly userCode: string | null;
  /** PKCE's S256 challenge, and where the code was sent; of `loopback` alone. */
  readonly challenge: string | null;
  readonly redirectUri: string | null;
  /** From which address it asked, and what it said it is. */
  readonly client: string;
  readonly agent: string;
  readonly state: 'pending' | 'confirmed' | 'denied';
  /** Whose it is once confirmed, and by which login: without that it is worth nothing. */
  readonly identity: Identity | null;
  readonly login: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** When it last asked whether it is confirmed; 0: never. */
  readonly polledAtMs: number;
}

export interface LoginCodeRecords {
  add(code: LoginCode): Promise<void>;
  /** The one that waits under this user code. */
  pending(userCode: string, nowMs: number): Promise<LoginCode | undefined>;
  countPending(nowMs: number, client?: string): Promise<number>;
  /** False: it does not wait any more. */
  decide(hash: string, state: 'confirmed' | 'denied', by: Pick<Login, 'id' | 'identity'>): Promise<boolean>;
  /** As it was before; from now on it was asked for at `nowMs`. */
  poll(hash: string, nowMs: number): Promise<LoginCode | undefined>;
  /** Of several that take one, one gets it. */
  take(hash: string): Promise<LoginCode | undefined>;
  removeExpired(nowMs: number): Promise<void>;
}

/** What a command line is given that has no browser at hand (RFC 8628 §3.2). */
export interface DeviceCode {
  readonly deviceCode: string;
  /** What people type: `BCDF-GHJK`. */
  readonly userCode: string;
  readonly lifetimeMs: number;
  /** How long to wait between two questions. */
  readonly intervalMs: number;
}

/** Why there is no ticket for a code: the words of RFC 6749 §5.2 and RFC 8628 §3.5. */
export type CodeRefusal =
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_grant';

/** Command lines that people sign in for, as the API uses them. */
export interface LoginCodes {
  /** @throws SallyportError `limit_requests`: too many wait already */
  openDevice(asked: Pick<LoginCode, 'client' | 'agent'>): Promise<DeviceCode>;
  /** The one that waits under what somebody typed, however they wrote it. */
  waiting(typed: string): Promise<LoginCode | undefined>;
  /** False: it does not wait any more. */
  decide(code: LoginCode, state: 'confirmed' | 'denied', by: Login): Promise<boolean>;
  /** @returns a code that is worth a ticket, once and for a minute */
  openLoopback(it: {
    readonly by: Login;
    readonly challenge: string;
    readonly redirectUri: string;
    readonly client: string;
    readonly agent: string;
  }): Promise<string>;
  /** @throws SallyportError `revoked`, `journal_unavailable` */
  redeemDevice(deviceCode: string, client: string): Promise<IssuedTicket | CodeRefusal>;
  redeemLoopback(
    it: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
    client: string,
  ): Promise<IssuedTicket | CodeRefusal>;
}

/** Signing in, as the API uses it. */
export interface SignIn {
  /** The provider of now; undefined: nobody signs in with a browser. */
  readonly door: () => SignInDoor | undefined;
  readonly logins: Logins;
  readonly codes: LoginCodes;
}
