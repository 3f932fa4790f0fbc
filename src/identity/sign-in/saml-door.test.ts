import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  assertionXml,
  encoded,
  encryptedXml,
  newId,
  requestIn,
  responseXml,
  samlProvider,
} from '../../../test/fixtures/saml-provider.ts';
import type { Encryption, Said, SamlProvider } from '../../../test/fixtures/saml-provider.ts';
import type { Answer, SamlLoginSpec } from '../../core/login.ts';
import { Flows } from './flows.ts';
import { SamlDoor } from './saml-door.ts';

const baseUrl = 'https://gateway.test';
const callback = `${baseUrl}/login/saml`;
const entityId = 'https://idp.test/metadata';
/** RSA keys take long to make, and every test may use the same ones. */
const provider = samlProvider(entityId);
const stranger = samlProvider(entityId);

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ownKeyPem = own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

async function stage(t: TestContext, spec: Partial<SamlLoginSpec> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-saml-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const certFile = join(dir, 'idp.pem');
  provider.writeCertificate(certFile);
  // The library has no clock but the real one.
  const clock = { offsetMs: 0, now: () => Date.now() + clock.offsetMs };
  const flows = await Flows.open({ dataDir: dir, clock });
  const used = new Set<string>();
  const door = new SamlDoor({
    spec: {
      via: 'saml',
      issuer: entityId,
      entryPoint: 'https://idp.test/sso',
      certFile,
      audience: 'https://sp.test',
      signed: 'assertion',
      kind: 'human',
      claims: {},
      groups: [],
      idleMs: 1,
      lifetimeMs: 3_600_000,
      ...spec,
    },
    flows,
    clock,
    baseUrl: () => baseUrl,
    resolveSecret: async (secret) => (secret === '${file:saml.pem}' ? ownKeyPem : secret),
    assertions: { use: async (id) => !used.has(id) && used.add(id).has(id) },
  });
  const begun = await door.begin('/somewhere');
  const request = requestIn(begun.url);
  const said: Said = {
    issuer: entityId,
    nameId: 'anna@acme.test',
    nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    attributes: { groups: ['dba', 'leads'] },
    recipient: callback,
    audience: 'https://sp.test',
    inResponseTo: request.id,
    responseTo: request.id,
    notBeforeMs: Date.now() - 1_000,
    notOnOrAfterMs: Date.now() + 300_000,
    sessionEndsMs: undefined,
    method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
    status: 'Success',
    assertionId: newId(),
    responseId: newId(),
  };
  const answer = (xml: string, relayState = request.relayState): Answer => ({
    kind: 'form',
    samlResponse: encoded(xml),
    relayState,
  });
  const finish = (xml: string) => door.finish(answer(xml), begun.sealed);
  return { door, begun, request, said, answer, finish, clock, certFile, flows };
}

/** Signed as the words say. */
function signed(said: Said, what: string, by: SamlProvider = provider): string {
  const inside = assertionXml(said);
  const withAssertion =
    what === 'response' || what === 'nothing' ? inside : by.sign(inside, said.assertionId);
  const whole = responseXml(said, withAssertion);
  return what === 'response' || what === 'both' ? by.sign(whole, said.responseId) : whole;
}

const refused = (message: RegExp) => ({ code: 'unauthenticated', message });
const doesNotHold = refused(/does not hold/);

test('what it asks the provider for', async (t) => {
  const { begun, request } = await stage(t);
  const url = new URL(begun.url);
  assert.equal(url.origin + url.pathname, 'https://idp.test/sso');
  assert.equal(request.relayState, begun.state);
  assert.match(request.id, /^_[0-9a-f]{40}$/);
  assert.match(request.xml, /AssertionConsumerServiceURL="https:\/\/gateway\.test\/login\/saml"/);
  assert.match(request.xml, /<saml:Issuer[^>]*>https:\/\/sp\.test</);
  assert.doesNotMatch(request.xml, /RequestedAuthnContext/);
});

test('somebody signs in, and is who the assertion says', async (t) => {
  const { finish, said } = await stage(t, { groups: ['staff'] });
  const { identity, returnTo } = await finish(signed(said, 'assertion'));
  assert.equal(returnTo, '/somewhere');
  const { expiresAtMs, claims, ...rest } = identity;
  assert.deepEqual(rest, {
    subject: 'anna@acme.test',
    issuer: entityId,
    kind: 'human',
    groups: ['staff', 'dba', 'leads'],
  });
  assert.deepEqual(claims, { NameID: 'anna@acme.test', groups: ['dba', 'leads'] });
  assert.ok(Math.abs(expiresAtMs - Date.now() - 3_600_000) < 60_000);
});

test('the subject may be an attribute, and the provider may end the login earlier', async (t) => {
  const { finish, said } = await stage(t, { claims: { subject: 'uid', groups: 'roles' } });
  const sessionEndsMs = said.notBeforeMs + 60_000;
  const attributes = { uid: ['u17'], roles: ['ops'], groups: ['other'] };
  const { identity } = await finish(signed({ ...said, attributes, sessionEndsMs }, 'assertion'));
  assert.deepEqual(
    [identity.subject, identity.groups, identity.expiresAtMs],
    ['u17', ['ops'], sessionEndsMs],
  );
});

// THREATS 40: what must be signed is what the configuration says, and nothing less.
const signatures: readonly [must: SamlLoginSpec['signed'], is: string, taken: boolean][] = [
  ['assertion', 'assertion', true],
  ['assertion', 'both', true],
  ['assertion', 'response', false],
  ['assertion', 'nothing', false],
  ['response', 'response', true],
  ['response', 'both', true],
  ['response', 'assertion', false],
  ['response', 'nothing', false],
  ['both', 'both', true],
  ['both', 'assertion', false],
  ['both', 'response', false],
  ['both', 'nothing', false],
];

for (const [must, is, taken] of signatures)
  test(`THREATS 40: signed: ${must}, and ${is} is signed: ${taken ? 'taken' : 'refused'}`, async (t) => {
    const { finish, said } = await stage(t, { signed: must });
    if (taken) assert.equal((await finish(signed(said, is))).identity.subject, 'anna@acme.test');
    else await assert.rejects(finish(signed(said, is)), doesNotHold);
  });

test('THREATS 40: another key than the configured one is refused, wherever it signs', async (t) => {
  const { finish, said } = await stage(t);
  for (const what of ['assertion', 'both'])
    await assert.rejects(finish(signed(said, what, stranger)), doesNotHold);
});

test('THREATS 40: a comment in a name, which one reader sees and another does not, is refused', async (t) => {
  const { finish, said } = await stage(t);
  const nameId = 'anna@acme.test<!---->.evil.test';
  await assert.rejects(finish(signed({ ...said, nameId }, 'assertion')), refused(/has a comment/));
  const late = signed(said, 'assertion').replace('anna@acme.test', 'anna<!-- -->@acme.test');
  await assert.rejects(finish(late), refused(/has a comment/));
});

const marks: readonly [what: string, change: (xml: string) => string, message: RegExp][] = [
  ['a DOCTYPE', (xml) => `<!DOCTYPE a [<!ENTITY b "c">]>${xml}`, /has a DOCTYPE/],
  ['a DOCTYPE behind the declaration', (xml) => `<?xml version="1.0"?><!DOCTYPE a>${xml}`, /has a DOCTYPE/],
  ['an entity', (xml) => `<!ENTITY b "c">${xml}`, /has a declaration/],
  [
    'a processing instruction',
    (xml) => xml.replace('<saml:Subject>', '<?a b?><saml:Subject>'),
    /instruction/,
  ],
  ['a second declaration', (xml) => `<?xml version="1.0"?><?xml version="1.0"?>${xml}`, /instruction/],
  ['CDATA', (xml) => xml.replace('anna@acme.test', '<![CDATA[anna@acme.test]]>'), /has a CDATA section/],
  ['another encoding', (xml) => `<?xml version="1.0" encoding="utf-16"?>${xml}`, /not in UTF-8/],
];

for (const [what, change, message] of marks)
  test(`THREATS 40: ${what} is refused before anything is parsed`, async (t) => {
    const { finish, said } = await stage(t);
    await assert.rejects(finish(change(signed(said, 'assertion'))), refused(message));
  });

test('a declaration of XML in UTF-8 is taken', async (t) => {
  const { finish, said } = await stage(t);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${signed(said, 'assertion')}`;
  assert.equal((await finish(xml)).identity.subject, 'anna@acme.test');
});

const texts: readonly [what: string, text: string, message: RegExp][] = [
  ['nothing', '', /no base64/],
  ['no base64', '<xml>', /no base64/],
  ['no UTF-8', Buffer.from([0x3c, 0xff, 0xfe]).toString('base64'), /no UTF-8/],
  ['no XML', encoded('hello'), /does not hold/],
  ['half a tag', encoded('<a><b'), /no XML that can be read/],
  ['a tag that is hidden in another', encoded('<a b="<c>"/>'), /no XML that can be read/],
  ['more closed than open', encoded('</a><a>'), /no XML that can be read/],
  ['too much', 'A'.repeat(600_000), /too long/],
  ['nesting without an end', encoded('<a>'.repeat(50_000)), /no XML that can be read/],
  ['deep nesting', encoded(`${'<a>'.repeat(33)}${'</a>'.repeat(33)}`), /32 deep/],
  ['more elements than anybody has groups', encoded(`<a>${'<b/>'.repeat(2_000)}</a>`), /2000 elements/],
];

for (const [what, samlResponse, message] of texts)
  test(`an answer of ${what} is refused`, async (t) => {
    const { door, begun, request } = await stage(t);
    const answer = { kind: 'form', samlResponse, relayState: request.relayState } as const;
    await assert.rejects(door.finish(answer, begun.sealed), refused(message));
  });

test('THREATS 40: two assertions are refused, the forged one first or last', async (t) => {
  const { finish, said } = await stage(t);
  const good = provider.sign(assertionXml(said), said.assertionId);
  const forged = assertionXml({ ...said, nameId: 'root@acme.test', assertionId: newId() });
  await assert.rejects(finish(responseXml(said, forged + good)), doesNotHold);
  await assert.rejects(finish(responseXml(said, good + forged)), doesNotHold);
});

test('THREATS 40: wrapped signatures are refused', async (t) => {
  const { finish, said } = await stage(t);
  const good = provider.sign(assertionXml(said), said.assertionId);
  const [signature = ''] = /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(good) ?? [];
  const bare = good.replace(signature, '');
  const forge = (id: string, inside = '') =>
    assertionXml({ ...said, nameId: 'root@acme.test', assertionId: id }).replace(
      '</saml:Issuer>',
      `</saml:Issuer>${inside}`,
    );
  const object = `<ds:Object>${bare}</ds:Object>`;
  const wrapped: readonly [name: string, xml: string][] = [
    [
      'XSW1: the signed response inside the signature of a forged one',
      responseXml(said, forge(newId(), signature.replace('</ds:Signature>', `${object}</ds:Signature>`))),
    ],
    [
      'XSW2: the signature beside the original, detached',
      responseXml(said, signature + good + forge(newId())),
    ],
    ['XSW3: a forged assertion before the signed one', responseXml(said, forge(newId()) + good)],
    ['XSW4: the signed one inside the forged one', responseXml(said, forge(newId(), good))],
    [
      'XSW5: the signature in the forged one, the original behind it',
      responseXml(said, forge(newId(), signature) + bare),
    ],
    [
      'XSW6: the original inside the signature of the forged one',
      responseXml(said, forge(newId(), signature.replace('<ds:SignedInfo', `${bare}<ds:SignedInfo`))),
    ],
    [
      'XSW7: the original in extensions',
      responseXml(said, `<samlp:Extensions>${good}</samlp:Extensions>${forge(newId())}`),
    ],
    [
      'XSW8: the original in an object of the signature',
      responseXml(
        said,
        forge(newId(), signature.replace('<ds:SignatureValue', `${object}<ds:SignatureValue`)),
      ),
    ],
    [
      'the same id twice',
      responseXml(said, `<samlp:Extensions>${good}</samlp:Extensions>${forge(said.assertionId, signature)}`),
    ],
    ['a forged one under the id of the original', responseXml(said, forge(said.assertionId, signature))],
  ];
  for (const [name, xml] of wrapped) await assert.rejects(finish(xml), { code: 'unauthenticated' }, name);
});

test('THREATS 40: a signed response around what was put in later is refused', async (t) => {
  const { finish, said } = await stage(t, { signed: 'response' });
  const whole = signed(said, 'response');
  await assert.rejects(finish(whole.replace('anna@acme.test', 'root@acme.test')), doesNotHold);
  const more = assertionXml({ ...said, nameId: 'root@acme.test', assertionId: newId() });
  await assert.rejects(finish(whole.replace('</samlp:Response>', `${more}</samlp:Response>`)), doesNotHold);
  const around = responseXml({ ...said, responseId: newId() }, more).replace(
    '</samlp:Status>',
    `</samlp:Status>${whole}`,
  );
  await assert.rejects(finish(around), doesNotHold);
});

test('a signature with SHA-1 is refused', async (t) => {
  const { finish, said } = await stage(t);
  const xml = responseXml(said, provider.sign(assertionXml(said), said.assertionId, { digest: 'sha1' }));
  await assert.rejects(finish(xml), refused(/signed too weakly/));
});

// THREATS 40: each is signed as it should be, and says something that it should not.
const changes: readonly [what: string, change: Partial<Said>, message: RegExp][] = [
  ['a wrong recipient', { recipient: 'https://other.test/login/saml' }, /not made for this gateway/],
  ['no recipient', { recipient: '' }, /not made for this gateway/],
  ['another audience', { audience: 'https://other.test' }, /does not hold/],
  ['another issuer', { issuer: 'https://evil.test' }, /made by another provider/],
  ['an answer to another request', { inResponseTo: '_1', responseTo: '_1' }, /does not hold/],
  ['an answer to nothing (unasked)', { inResponseTo: undefined, responseTo: undefined }, /does not hold/],
  ['a confirmation of another request', { inResponseTo: '_1' }, /does not hold/],
  ['a confirmation of none', { inResponseTo: undefined }, /not made for this gateway/],
  ['a response that does not say to what', { responseTo: undefined }, /does not hold/],
  ['another method', { method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches' }, /not made for this/],
  ['expired', { notBeforeMs: 0, notOnOrAfterMs: Date.now() - 31_000 }, /does not hold/],
  ['not yet valid', { notBeforeMs: Date.now() + 86_400_000 }, /does not hold/],
  ['nobody', { nameId: '' }, /names nobody/],
  ['a name with a line break', { nameId: 'anna&#10;root' }, /a claim/],
  ['a name that turns text', { nameId: 'anna\u202e' }, /a claim/],
  [
    'a passing name',
    { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' },
    /anew each time/,
  ],
];

for (const [what, change, message] of changes)
  test(`THREATS 40: ${what} is refused`, async (t) => {
    const { finish, said } = await stage(t);
    await assert.rejects(finish(signed({ ...said, ...change }, 'both')), refused(message));
  });

test('THREATS 40: an answer that comes again is refused', async (t) => {
  const { finish, said } = await stage(t);
  const xml = signed(said, 'both');
  await finish(xml);
  await assert.rejects(finish(xml), refused(/used before/));
  const another = { ...said, assertionId: newId(), responseId: newId() };
  await assert.rejects(finish(signed(another, 'both')), refused(/used before/), 'nor another to the same');
});

test('an answer is taken from the browser that asked, and from no other', async (t) => {
  const { door, answer, said } = await stage(t);
  const theirs = await door.begin('/');
  const xml = signed(said, 'both');
  await assert.rejects(door.finish(answer(xml), theirs.sealed), refused(/not begun in this browser/));
  await assert.rejects(door.finish(answer(xml, theirs.state), theirs.sealed), doesNotHold);
  await assert.rejects(door.finish(answer(xml), ''), refused(/not begun in this browser/));
});

test('a provider that refuses is told so', async (t) => {
  const { finish, said } = await stage(t);
  await assert.rejects(finish(responseXml({ ...said, status: 'Responder' }, '')), doesNotHold);
});

test('the certificate may change between two sign-ins, and both count while both are in the file', async (t) => {
  const { finish, said, certFile } = await stage(t);
  stranger.writeCertificate(certFile);
  await assert.rejects(finish(signed(said, 'both')), doesNotHold);
  await finish(signed(said, 'both', stranger));
  writeFileSync(certFile, 'nothing');
  await assert.rejects(finish(signed(said, 'both')), { code: 'credential_unavailable' });
});

test('what the provider may read of the gateway', async (t) => {
  const { door } = await stage(t);
  const xml = await door.metadata();
  assert.match(xml, /entityID="https:\/\/sp\.test"/);
  assert.match(xml, /Location="https:\/\/gateway\.test\/login\/saml"/);
  assert.match(xml, /WantAssertionsSigned="true"/);
});

/** Signed inside, outside or both, and then, or before that, encrypted. */
function encrypted(said: Said, what: 'inside' | 'outside' | 'both', how?: Encryption): string {
  const plain = assertionXml(said);
  const inside = what === 'outside' ? plain : provider.sign(plain, said.assertionId);
  const whole = responseXml(said, encryptedXml(inside, own.publicKey, how));
  return what === 'inside' ? whole : provider.sign(whole, said.responseId);
}

const decryptionKey = '${file:saml.pem}';
const cbc = { cipher: 'aes-256-cbc' } as const;

const encryptions: readonly [
  what: string,
  must: SamlLoginSpec['signed'],
  is: 'inside' | 'outside' | 'both',
  how: Encryption,
  taken: true | RegExp,
][] = [
  ['by GCM, signed inside', 'assertion', 'inside', {}, true],
  ['by GCM of 128 bits', 'assertion', 'inside', { cipher: 'aes-128-gcm' }, true],
  ['by GCM, signed outside', 'response', 'outside', {}, true],
  ['by GCM, signed both', 'both', 'both', {}, true],
  ['by CBC, where the answer is signed', 'response', 'outside', cbc, true],
  ['by CBC, where both are', 'both', 'both', cbc, true],
  ['by CBC, where the answer need not be signed', 'assertion', 'both', cbc, /in a way that is not taken/],
  ['by CBC, not signed outside', 'both', 'inside', cbc, /does not hold/],
  ['its key by PKCS #1 v1.5', 'assertion', 'inside', { keyCipher: 'v1.5' }, /in a way that is not taken/],
  [
    'its key by that, signed outside',
    'response',
    'outside',
    { keyCipher: 'v1.5' },
    /in a way that is not taken/,
  ],
  ['signed outside, where inside is asked for', 'assertion', 'outside', {}, /does not hold/],
];

for (const [what, must, is, how, taken] of encryptions)
  test(`THREATS 40: an assertion encrypted ${what}: ${taken === true ? 'taken' : 'refused'}`, async (t) => {
    const { finish, said } = await stage(t, { signed: must, decryptionKey });
    const finished = finish(encrypted(said, is, how));
    if (taken === true) assert.equal((await finished).identity.subject, 'anna@acme.test');
    else await assert.rejects(finished, refused(taken));
  });

test('an encrypted assertion is refused where there is no key for it, or another', async (t) => {
  const { finish, said } = await stage(t);
  await assert.rejects(finish(encrypted(said, 'inside')), refused(/decryption_key is not set/));
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pem = other.export({ type: 'pkcs8', format: 'pem' }).toString();
  const wrong = await stage(t, { decryptionKey: pem });
  await assert.rejects(wrong.finish(encrypted(wrong.said, 'inside')), doesNotHold);
});

// Anybody can encrypt for the gateway: what comes out is no better than what comes in the open.
const smuggled: readonly [what: string, inside: (said: Said) => string, message: RegExp][] = [
  ['nothing signed', (said) => assertionXml(said), /does not hold/],
  ['signed by a stranger', (said) => stranger.sign(assertionXml(said), said.assertionId), /does not hold/],
  [
    'a comment',
    (said) => provider.sign(assertionXml(said), said.assertionId).replace('anna@', 'anna<!---->@'),
    /has a comment/,
  ],
  ['a DOCTYPE', (said) => `<!DOCTYPE a [<!ENTITY b "c">]>${assertionXml(said)}`, /has a DOCTYPE/],
  ['more elements than anybody has groups', () => `<a>${'<b/>'.repeat(2_000)}</a>`, /2000 elements/],
  [
    'a weak signature',
    (said) => provider.sign(assertionXml(said), said.assertionId, { digest: 'sha1' }),
    /too weakly/,
  ],
  ['no assertion', () => '<a/>', /does not hold/],
];

for (const [what, inside, message] of smuggled)
  test(`THREATS 40: ${what} within an encrypted assertion is refused`, async (t) => {
    const { finish, said } = await stage(t, { decryptionKey });
    const xml = responseXml(said, encryptedXml(inside(said), own.publicKey));
    await assert.rejects(finish(xml), refused(message));
  });

test('THREATS 40: an encrypted assertion beside another one, or changed on its way, is refused', async (t) => {
  const { finish, said } = await stage(t, { decryptionKey });
  const good = encryptedXml(provider.sign(assertionXml(said), said.assertionId), own.publicKey);
  const forged = assertionXml({ ...said, nameId: 'root@acme.test', assertionId: newId() });
  for (const inside of [good + forged, forged + good, good + good])
    await assert.rejects(finish(responseXml(said, inside)), refused(/does not hold|not one assertion/));
  const changed = good.replace(
    /(<xenc:CipherValue>.{40})(.)/,
    (_, before: string, one: string) => before + (one === 'A' ? 'B' : 'A'),
  );
  assert.notEqual(changed, good);
  await assert.rejects(finish(responseXml(said, changed)), doesNotHold);
  assert.equal((await finish(responseXml(said, good))).identity.subject, 'anna@acme.test');
});

test('the metadata offers the certificate to encrypt for', async (t) => {
  const { certFile } = await stage(t);
  const { door } = await stage(t, { decryptionKey, decryptionCertFile: certFile });
  const metadata = await door.metadata();
  assert.match(metadata, /<KeyDescriptor use="encryption">/);
  assert.doesNotMatch(metadata, /tripledes|rsa-1_5/);
  assert.doesNotMatch(metadata, /PRIVATE/);
});
