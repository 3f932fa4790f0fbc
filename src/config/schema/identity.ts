import { z } from 'zod';
import { asymmetricAlgorithms } from '../../core/issuer.ts';
import { samlSigned } from '../../core/login.ts';
import { duration, text, texts } from './words.ts';

const issuer = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: 'must be a URL, exactly as tokens carry it in "iss"' })
    .describe('Exactly as tokens carry it in "iss". https, or http on this machine.'),
  audience: text.describe('What "aud" of a token must contain.'),
  kind: z.enum(['agent', 'human']).describe('What its subjects are.'),
  claims: z
    .strictObject({
      subject: text
        .exactOptional()
        .describe('Claim that names the subject; default sub. A JSON pointer where it begins with /.'),
      groups: text
        .exactOptional()
        .describe('Claim that lists groups; default groups. A JSON pointer where it begins with /.'),
    })
    .exactOptional()
    .describe('Which claim holds what.'),
  groups: texts.exactOptional().describe('Groups that all its subjects have, beside those of the claim.'),
  jwks_uri: z
    .url({ protocol: /^https?$/, error: 'must be a URL' })
    .exactOptional()
    .describe('Where its keys are; absent: found by OpenID Connect discovery.'),
  algorithms: z
    .array(z.enum(asymmetricAlgorithms))
    .min(1)
    .exactOptional()
    .describe('Signatures taken; absent: all of these.'),
  authorized_parties: texts.exactOptional().describe('Clients ("azp") that a token may have been made for.'),
  id_tokens: z
    .boolean()
    .exactOptional()
    .describe('Takes ID tokens too: right where audience is the client id of whoever logs in.'),
});

const claims = z
  .strictObject({
    subject: text
      .exactOptional()
      .describe('What names the subject. OIDC: default sub. SAML: default NameID.'),
    groups: text.exactOptional().describe('What lists groups; default groups.'),
  })
  .exactOptional()
  .describe('Which claim or attribute holds what.');

const signedInGroups = texts
  .exactOptional()
  .describe('Groups that all who sign in have, beside those of the claim.');

const login = z
  .strictObject({
    oidc: z
      .strictObject({
        issuer: z
          .url({ protocol: /^https?$/, error: 'must be a URL, exactly as the provider calls itself' })
          .describe('The OpenID Connect provider. https, or http on this machine.'),
        client_id: text.describe('What the provider knows the gateway by.'),
        client_secret: text
          .exactOptional()
          .describe('References: ${env:NAME}, ${file:PATH}. Absent: a public client.'),
        scopes: texts.default(['openid', 'profile', 'email']).describe('Asked of the provider.'),
        kind: z.enum(['agent', 'human']).default('human').describe('What those who sign in are.'),
        claims,
        groups: signedInGroups,
      })
      .exactOptional()
      .describe('OpenID Connect: authorization code with PKCE.'),
    saml: z
      .strictObject({
        entry_point: z
          .url({ protocol: /^https?$/, error: 'must be a URL' })
          .describe('Where the provider takes requests by redirect. https, or http on this machine.'),
        idp_issuer: text.describe("The provider's entity id."),
        idp_cert: text.describe("PEM file: the provider's certificate, or several while it changes."),
        audience: text.describe("The gateway's entity id."),
        callback: z
          .url({ protocol: /^https?$/, error: 'must be a URL' })
          .exactOptional()
          .describe('Where answers come to. Absent: listen.url and /login/saml.'),
        signed: z
          .enum(samlSigned)
          .default('assertion')
          .describe('What the provider must have signed: the assertion, the response around it, or both.'),
        decryption_key: text
          .exactOptional()
          .describe(
            'PEM of an RSA key by which encrypted assertions are read: ${file:PATH}. Absent: none are taken.',
          ),
        decryption_cert: text
          .exactOptional()
          .describe('PEM file: the certificate of that key, for the metadata.'),
        kind: z.enum(['agent', 'human']).default('human').describe('What those who sign in are.'),
        claims,
        groups: signedInGroups,
      })
      .exactOptional()
      .describe('SAML 2.0: request by redirect, answer by POST.'),
    idle: duration.exactOptional().describe('Time a login may rest. Default 1h.'),
    lifetime: duration.exactOptional().describe('Time a login lasts at most. Default 12h.'),
  })
  .describe('How people sign in with a browser: oidc or saml.');

export const identity = z
  .strictObject({
    issuers: z
      .array(issuer)
      .default([])
      .describe('Anything that signs a JWT: IdP, Kubernetes, CI, cloud, SPIFFE.'),
    local: z.boolean().default(false).describe("The gateway's own issuer: sallyport token issue."),
    login: login.exactOptional(),
  })
  .describe('Whose proofs of identity are taken.');
