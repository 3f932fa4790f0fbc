import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Profile, SAML } from '@node-saml/node-saml';
import { z } from 'zod';
import { SallyportError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Answer, Begun, SamlLoginSpec, SignedIn, SignInDoor } from '../../core/login.ts';
import type { OnceRecords } from '../../core/once.ts';
import type { Clock } from '../../core/ports.ts';
import { identityOf } from '../claims.ts';
import { signInRefused } from './fault.ts';
import { flowMsMax } from './flows.ts';
import type { Flow, Flows } from './flows.ts';
import { checkedAssertion, skewMs } from './saml-assertion.ts';
import type { FoundAssertion } from './saml-assertion.ts';
import { mustBeReadable } from './saml-encrypted.ts';
import { samlText } from './saml-text.ts';

export interface SamlDoorOptions {
  readonly spec: SamlLoginSpec;
  readonly flows: Flows;
  readonly clock: Clock;
  readonly assertions: OnceRecords;
  /** Where people reach the gateway. */
  readonly baseUrl: () => string;
  readonly resolveSecret: (secret: string) => Promise<string>;
}

const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Sign-in by SAML 2.0 (web browser SSO profile): request by redirect, answer by POST, never unasked. */
export class SamlDoor implements SignInDoor {
  readonly spec: SamlLoginSpec;
  readonly #it: SamlDoorOptions;

  constructor(options: SamlDoorOptions) {
    this.spec = options.spec;
    this.#it = options;
  }

  async begin(returnTo: string): Promise<Begun> {
    const { flows } = this.#it;
    // An XML name must not begin with a digit.
    const request = `_${randomBytes(20).toString('hex')}`;
    const flow = flows.begin({ issuer: this.spec.issuer, returnTo, request });
    const saml = await this.#saml(request);
    const url = await saml.getAuthorizeUrlAsync(flow.state, undefined, {});
    return { url, state: flow.state, sealed: flows.seal(flow) };
  }

  async finish(answer: Answer, sealed: string): Promise<SignedIn> {
    if (answer.kind !== 'form') throw signInRefused('this is no answer of a SAML provider');
    const { flows, clock, assertions } = this.#it;
    const flow = flows.unseal(sealed, { state: answer.relayState, issuer: this.spec.issuer });
    const { request } = flow;
    if (request === undefined) throw signInRefused('this sign-in is of another kind');
    const profile = await this.#validated(answer.samlResponse, request);
    const found = checkedAssertion(profile.getAssertion?.(), {
      issuer: this.spec.issuer,
      request,
      callback: this.#callback(),
      nowMs: clock.now(),
    });
    const identity = this.#identity(profile, found);
    if (!(await assertions.use(`${this.spec.issuer} ${request}`, lastUse(flow), clock.now())))
      throw signInRefused('the answer of the provider was used before');
    return { identity, returnTo: flow.returnTo };
  }

  /** The provider's own session stays: single logout by SAML is not offered. */
  async farewell(): Promise<undefined> {
    return undefined;
  }

  async metadata(): Promise<string> {
    const { generateServiceProviderMetadata } = await import('@node-saml/node-saml');
    const { decryptionCertFile } = this.spec;
    const decryptionPvk = await this.#decryptionKey();
    return generateServiceProviderMetadata({
      issuer: this.spec.audience,
      callbackUrl: this.#callback(),
      identifierFormat: null,
      wantAssertionsSigned: this.spec.signed !== 'response',
      ...(decryptionPvk === undefined || decryptionCertFile === undefined
        ? {}
        : { decryptionPvk, decryptionCert: (await certificatesIn(decryptionCertFile))[0] ?? null }),
    });
  }

  async #decryptionKey(): Promise<string | undefined> {
    const { decryptionKey } = this.spec;
    return decryptionKey === undefined ? undefined : this.#it.resolveSecret(decryptionKey);
  }

  #callback(): string {
    return this.spec.callback ?? `${this.#it.baseUrl()}/login/saml`;
  }

  /** @throws SallyportError `unauthenticated` */
  async #validated(samlResponse: string, request: string): Promise<Profile> {
    const text = samlText(samlResponse);
    const { signed } = this.spec;
    await mustBeReadable(text, { key: await this.#decryptionKey(), isSealed: signed !== 'assertion' });
    const saml = await this.#saml(request);
    // Written anew, so that what was looked at is what is read.
    const SAMLResponse = Buffer.from(text, 'utf8').toString('base64');
    const { profile } = await saml
      .validatePostResponseAsync({ SAMLResponse })
      .catch((error: unknown): never => {
        throw signInRefused('the answer of the provider does not hold', error);
      });
    if (profile === null) throw signInRefused('the provider signed nobody in');
    return profile;
  }

  /** One for each sign-in: the only request that it knows of is that of this browser. */
  async #saml(request: string): Promise<SAML> {
    const { SAML, ValidateInResponseTo } = await import('@node-saml/node-saml');
    const { entryPoint, issuer, audience, signed, certFile } = this.spec;
    const decryptionPvk = await this.#decryptionKey();
    const askedAt = new Date(this.#it.clock.now()).toISOString();
    return new SAML({
      entryPoint,
      idpIssuer: issuer,
      idpCert: await certificatesIn(certFile),
      ...(decryptionPvk === undefined ? {} : { decryptionPvk }),
      issuer: audience,
      audience,
      callbackUrl: this.#callback(),
      wantAssertionsSigned: signed !== 'response',
      wantAuthnResponseSigned: signed !== 'assertion',
      validateInResponseTo: ValidateInResponseTo.always,
      cacheProvider: {
        saveAsync: async () => null,
        getAsync: async (id) => (id === request ? askedAt : null),
        removeAsync: async () => null,
      },
      requestIdExpirationPeriodMs: flowMsMax,
      acceptedClockSkewMs: skewMs,
      // Which name, and how people prove themselves, is the provider's to decide.
      identifierFormat: null,
      disableRequestedAuthnContext: true,
      generateUniqueId: () => request,
    });
  }

  #identity(profile: Profile, { nameId, nameIdFormat, endsAtMs }: FoundAssertion): Identity {
    const { issuer, kind, groups, claims, lifetimeMs } = this.spec;
    if (claims.subject === undefined && nameIdFormat === transient)
      throw signInRefused('the provider names you anew each time: login.saml.claims.subject must be set');
    const attributes = z.record(z.string(), z.unknown()).default({}).parse(profile['attributes']);
    return identityOf(
      { ...attributes, NameID: nameId },
      {
        issuer,
        kind,
        subject: claims.subject ?? 'NameID',
        groups: claims.groups ?? 'groups',
        fixedGroups: groups,
        expiresAtMs: Math.min(this.#it.clock.now() + lifetimeMs, endsAtMs ?? Number.POSITIVE_INFINITY),
      },
    );
  }
}

/** Read at every sign-in, so that a change needs no restart. @throws SallyportError `credential_unavailable` */
async function certificatesIn(file: string): Promise<string[]> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw noCertificate(`${file} cannot be read`, cause);
  });
  const found = pem.match(certificate);
  if (found === null) throw noCertificate(`${file} holds no certificate`);
  return found;
}

/** Later nobody can come with it, as the sign-in that it belongs to is too old. */
function lastUse({ beganAtMs }: Flow): number {
  return beganAtMs + flowMsMax;
}

function noCertificate(why: string, cause?: unknown): SallyportError {
  return new SallyportError('credential_unavailable', `Sallyport: ${why}`, {
    hint: 'Tell whoever runs this gateway.',
    ...(cause === undefined ? {} : { cause }),
  });
}
