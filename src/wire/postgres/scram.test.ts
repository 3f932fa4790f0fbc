import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WireError } from '../bytes.ts';
import { saslPrep } from './saslprep.ts';
import { ScramClient, scramVerifier } from './scram.ts';

// The sample of RFC 7677 §3.
const sample = {
  password: 'pencil',
  nonce: 'rOprNGfwEbeRWgbNEkqO',
  user: 'user',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

const upstreamFault = { name: 'WireError', side: 'upstream' };

function started(): ScramClient {
  const client = new ScramClient(sample);
  client.first();
  return client;
}

test('the sample of RFC 7677', () => {
  const client = new ScramClient(sample);
  assert.equal(client.first().toString(), sample.clientFirst);
  assert.equal(client.continue(Buffer.from(sample.serverFirst)).toString(), sample.clientFinal);
  assert.equal(client.verified, false);
  client.finish(Buffer.from(sample.serverFinal));
  assert.equal(client.verified, true);
});

test('a name is escaped, and left out for PostgreSQL', () => {
  const named = new ScramClient({ ...sample, user: 'a=b,c' });
  assert.equal(named.first().toString(), `n,,n=a=3Db=2Cc,r=${sample.nonce}`);
  const nameless = new ScramClient({ password: 'x', nonce: 'abc' });
  assert.equal(nameless.first().toString(), 'n,,n=,r=abc');
});

test('extensions of the server that are not mandatory are ignored, and signed', () => {
  const final = started()
    .continue(Buffer.from(`${sample.serverFirst},x=1`))
    .toString();
  assert.notEqual(final, sample.clientFinal);
});

const brokenFirsts: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['another nonce', 'r=xOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'],
  ['our nonce and no more', `r=${sample.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
  ['no salt', `r=${sample.nonce}x,s=,i=4096`],
  ['broken base64', `r=${sample.nonce}x,s=W22Z*J0S,i=4096`],
  ['base64 without its padding', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ,i=4096`],
  ['no iterations', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==`],
  ['0 iterations', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0`],
  ['negative iterations', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1`],
  ['iterations in hex', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0x10`],
  ['600,001 iterations', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=600001`],
  ['iterations beyond any number', `r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=${'9'.repeat(400)}`],
  ['a mandatory extension', `m=ext,r=${sample.nonce}x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
  ['attributes in another order', `s=W22ZaJ0SNY7soEsUEjb6gQ==,r=${sample.nonce}x,i=4096`],
  ['far too long', `r=${sample.nonce}${'x'.repeat(70_000)},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1`],
];

for (const [name, serverFirst] of brokenFirsts) {
  test(`server-first-message refused: ${name}`, () => {
    assert.throws(() => started().continue(Buffer.from(serverFirst)), upstreamFault);
  });
}

test('server-first-message refused: not UTF-8', () => {
  assert.throws(() => started().continue(Buffer.from([0x72, 0x3d, 0xff])), upstreamFault);
});

const brokenFinals: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['an error', 'e=invalid-proof'],
  ['an empty signature', 'v='],
  ['a shorter signature', 'v=6rriTRBi23WpRR/wtup+mA=='],
  ['another signature', 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='],
  ['a signature that goes on', `${sample.serverFinal}AAAA`],
];

for (const [name, serverFinal] of brokenFinals) {
  test(`server-final-message refused: ${name}`, () => {
    const client = started();
    client.continue(Buffer.from(sample.serverFirst));
    assert.throws(() => client.finish(Buffer.from(serverFinal)), upstreamFault);
    assert.equal(client.verified, false);
  });
}

test('steps out of order are refused', () => {
  const serverFirst = Buffer.from(sample.serverFirst);
  const serverFinal = Buffer.from(sample.serverFinal);
  assert.throws(() => new ScramClient(sample).continue(serverFirst), upstreamFault);
  assert.throws(() => new ScramClient(sample).finish(serverFinal), upstreamFault);
  assert.throws(() => started().finish(serverFinal), upstreamFault);
  const client = started();
  client.continue(serverFirst);
  assert.throws(() => client.continue(serverFirst), upstreamFault);
});

test('a nonce that would break the message is refused', () => {
  for (const nonce of ['', 'a,b', 'a b', 'é', 'a\0']) {
    assert.throws(() => new ScramClient({ password: 'x', nonce }), TypeError);
  }
});

test('whatever the server says, only WireError comes of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, asFinal) => {
      const client = started();
      if (asFinal) client.continue(Buffer.from(`r=${sample.nonce}x,s=AAAA,i=1`));
      assert.throws(() => (asFinal ? client.finish(bytes) : client.continue(bytes)), WireError);
    }),
  );
});

test('the verifier is the one that goes with the sample', () => {
  // The keys of RFC 7677's sample, worked out with Python's hashlib and hmac.
  assert.equal(
    scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096),
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

// RFC 4013 §3's examples, and pg_saslprep's rule for what is prohibited: as it stands.
const prepared: readonly (readonly [string, string, string])[] = [
  ['plain ASCII', 'user', 'user'],
  ['case is kept', 'USER', 'USER'],
  ['soft hyphen goes', 'I\u00adX\u00e9', 'IX\u00e9'],
  ['NFKC', '\u00aa', 'a'],
  ['Roman numeral', '\u2168', 'IX'],
  ['no-break space', 'a\u00a0b', 'a b'],
  ['ASCII control as it stands', '\u0007', '\u0007'],
  ['a prohibited character: all as it stands', '\u00aa\u0007', '\u00aa\u0007'],
  ['nothing left: as it stands', '\u00ad', '\u00ad'],
];

for (const [name, password, expected] of prepared) {
  test(`SASLprep: ${name}`, () => {
    assert.equal(saslPrep(password), expected);
  });
}
