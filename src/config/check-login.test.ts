import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoginSpec } from '../core/login.ts';
import type { Config } from './config.ts';
import { parseConfig } from './load.ts';

const file = '/etc/sallyport/sallyport.yaml';

function login(yaml: string, more = ''): ReturnType<typeof parseConfig> {
  return parseConfig(`listen: { http: 8443${more} }\nidentity: { login: ${yaml} }\n`, file);
}

function good(yaml: string, more = ''): Config {
  const config = login(yaml, more);
  assert.ok(!Array.isArray(config), JSON.stringify(config));
  return config;
}

const oidc = 'issuer: "https://login.test/", client_id: console';
const saml =
  'entry_point: "https://idp.test/sso", idp_issuer: "https://idp.test", idp_cert: idp.pem, audience: sp';

const read: readonly [what: string, yaml: string, spec: Partial<LoginSpec>][] = [
  [
    'OIDC as short as can be',
    `{ oidc: { ${oidc} } }`,
    {
      via: 'oidc',
      issuer: 'https://login.test/',
      clientId: 'console',
      scopes: ['openid', 'profile', 'email'],
      kind: 'human',
      claims: {},
      groups: [],
      idleMs: 3_600_000,
      lifetimeMs: 43_200_000,
    },
  ],
  [
    'OIDC in full',
    `{ oidc: { ${oidc}, client_secret: "\${env:S}", scopes: [groups], kind: agent, claims: { subject: email, groups: /realm/roles }, groups: [all] }, idle: 10m, lifetime: 1h }`,
    {
      via: 'oidc',
      issuer: 'https://login.test/',
      clientId: 'console',
      clientSecret: '${env:S}',
      scopes: ['openid', 'groups'],
      kind: 'agent',
      claims: { subject: 'email', groups: '/realm/roles' },
      groups: ['all'],
      idleMs: 600_000,
      lifetimeMs: 3_600_000,
    },
  ],
  [
    'SAML',
    `{ saml: { ${saml}, claims: { groups: memberOf }, signed: both, callback: "https://a.test/login/saml", decryption_key: "\${file:k.pem}", decryption_cert: k.crt } }`,
    {
      via: 'saml',
      issuer: 'https://idp.test',
      entryPoint: 'https://idp.test/sso',
      certFile: '/etc/sallyport/idp.pem',
      audience: 'sp',
      callback: 'https://a.test/login/saml',
      signed: 'both',
      decryptionKey: '${file:k.pem}',
      decryptionCertFile: '/etc/sallyport/k.crt',
      kind: 'human',
      claims: { groups: 'memberOf' },
      groups: [],
      idleMs: 3_600_000,
      lifetimeMs: 43_200_000,
    },
  ],
];

for (const [what, yaml, spec] of read)
  test(`${what} is read`, () => {
    const config = good(yaml);
    assert.deepEqual(config.identity.login, spec);
    assert.deepEqual(config.warnings, []);
  });

test('who signs in is named as by tokens of the same issuer', () => {
  const issuers =
    'issuers: [{ issuer: "https://login.test/", audience: a, kind: human, claims: { subject: email }, groups: [staff] }]';
  const config = parseConfig(
    `listen: { http: 1 }\nidentity: { ${issuers}, login: { oidc: { ${oidc} } } }`,
    file,
  );
  assert.ok(!Array.isArray(config));
  const { claims, groups } = config.identity.login ?? {};
  assert.deepEqual([claims, groups], [{ subject: 'email' }, ['staff']]);
});

test('a rule may name the issuer that people sign in with', () => {
  const rule =
    'rules: [{ name: a, who: { issuer: "https://idp.test" }, targets: [sallyport], allow: [read] }]';
  const config = parseConfig(
    `listen: { http: 1 }\nidentity: { login: { saml: { ${saml} } } }\n${rule}`,
    file,
  );
  assert.ok(!Array.isArray(config), JSON.stringify(config));
});

const refused: readonly [what: string, yaml: string, message: RegExp, more?: string][] = [
  ['nothing', '{}', /login is empty/],
  ['two ways', `{ oidc: { ${oidc} }, saml: { ${saml} } }`, /oidc and saml/],
  ['plain http', '{ oidc: { issuer: "http://login.test/", client_id: a } }', /must be https/],
  ['plain http to SAML', `{ saml: { ${saml.replace('https', 'http')} } }`, /must be https/],
  ['no client', '{ oidc: { issuer: "https://login.test/" } }', /client_id is missing/],
  ['no certificate', `{ saml: { ${saml.replace('idp_cert: idp.pem, ', '')} } }`, /idp_cert is missing/],
  ['no audience', `{ saml: { ${saml.replace(', audience: sp', '')} } }`, /audience is missing/],
  [
    'a certificate without its key',
    `{ saml: { ${saml}, decryption_cert: a.pem } }`,
    /a certificate without its key/,
  ],
  ['a half reference to a key', `{ saml: { ${saml}, decryption_key: "\${file" } }`, /not closed/],
  ['a half reference', `{ oidc: { ${oidc}, client_secret: "\${env" } }`, /not closed/],
  ['a reference elsewhere', '{ oidc: { issuer: "https://a.test/", client_id: "${env:A}" } }', /resolved/],
  ['nothing signed', `{ saml: { ${saml}, signed: none } }`, /must be one of assertion, response, both/],
  ["the gateway's name", `{ saml: { ${saml.replace('"https://idp.test"', 'sallyport')} } }`, /is an issuer/],
  ['a lifetime of nothing', `{ oidc: { ${oidc} }, lifetime: 0s }`, /duration/],
  ['an address with a path', `{ oidc: { ${oidc} } }`, /host and port alone/, ', url: "https://a.test/b"'],
  ['an address without TLS', `{ oidc: { ${oidc} } }`, /https URL/, ', url: "http://a.test"'],
];

for (const [what, yaml, message, more] of refused)
  test(`refused: ${what}`, () => {
    const errors = login(yaml, more);
    assert.ok(Array.isArray(errors));
    assert.match(errors.map((error) => error.message).join('\n'), message);
  });

const warned: readonly [what: string, yaml: string, more: string, message: RegExp][] = [
  ['a secret in the open', `{ oidc: { ${oidc}, client_secret: abc } }`, '', /secret stands plainly/],
  ['a key in the open', `{ saml: { ${saml}, decryption_key: abc } }`, '', /secret stands plainly/],
  ['an address of its own', `{ oidc: { ${oidc} } }`, ', host: 0.0.0.0', /back to localhost/],
];

for (const [what, yaml, more, message] of warned)
  test(`warned of: ${what}`, () => {
    assert.match(
      good(yaml, more)
        .warnings.map((one) => one.message)
        .join('\n'),
      message,
    );
  });

test('the address of the gateway goes without a slash at its end', () => {
  assert.equal(good(`{ oidc: { ${oidc} } }`, ', url: "https://a.test/"').listen.url, 'https://a.test');
});
