import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { after, before, test } from 'node:test';
import { fetchKeys } from './fetch-keys.ts';

// An issuer on loopback that misbehaves in one way a row.

let base = '';
let answers: Record<string, (response: ServerResponse) => void> = {};
const server = createServer((request, response) => {
  const answer = answers[request.url ?? ''];
  if (answer === undefined) response.writeHead(404).end();
  else answer(response);
});

before(
  () =>
    new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        base = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
        resolve();
      });
    }),
);
after(() => {
  server.close();
  server.closeAllConnections();
});

const json = (value: unknown) => (response: ServerResponse) =>
  void response.end(typeof value === 'string' ? value : JSON.stringify(value));
const metadata = () => json({ issuer: base, jwks_uri: `${base}/jwks` });
const keys = json({ keys: [{ kty: 'EC' }] });

function site(change: Record<string, (response: ServerResponse) => void>): void {
  answers = { '/.well-known/openid-configuration': metadata(), '/jwks': keys, ...change };
}

test('keys are found by discovery', async () => {
  site({});
  assert.equal((await fetchKeys({ issuer: base }, fetch)).keys.length, 1);
});

test('an issuer whose name ends in a slash keeps it in its metadata alone', async () => {
  site({ '/.well-known/openid-configuration': json({ issuer: `${base}/`, jwks_uri: `${base}/jwks` }) });
  assert.equal((await fetchKeys({ issuer: `${base}/` }, fetch)).keys.length, 1);
});

const endless = (response: ServerResponse) => {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

const refused: readonly {
  name: string;
  at: string;
  answer: (response: ServerResponse) => void;
  error: RegExp;
}[] = [
  {
    name: "another issuer's metadata",
    at: '/.well-known/openid-configuration',
    answer: json({ issuer: 'https://other.test', jwks_uri: 'https://other.test/jwks' }),
    error: /another issuer/,
  },
  {
    name: 'no jwks_uri',
    at: '/.well-known/openid-configuration',
    answer: (response) => json({ issuer: base })(response),
    error: /no jwks_uri/,
  },
  {
    name: 'jwks_uri in clear, elsewhere',
    at: '/.well-known/openid-configuration',
    answer: (response) => json({ issuer: base, jwks_uri: 'http://keys.test/' })(response),
    error: /no jwks_uri over https/,
  },
  {
    name: 'metadata that is no JSON',
    at: '/.well-known/openid-configuration',
    answer: json('<html>'),
    error: /JSON/,
  },
  {
    name: 'metadata null',
    at: '/.well-known/openid-configuration',
    answer: json('null'),
    error: /no JSON object/,
  },
  {
    name: 'a redirect',
    at: '/jwks',
    answer: (response) => void response.writeHead(302, { location: `${base}/elsewhere` }).end(),
    error: /fetch failed/,
  },
  {
    name: 'an error',
    at: '/jwks',
    answer: (response) => void response.writeHead(503).end('x'),
    error: /503/,
  },
  { name: 'keys that are no set', at: '/jwks', answer: json({ keys: 'none' }), error: /no JSON Web Key Set/ },
  {
    name: 'keys that are no objects',
    at: '/jwks',
    answer: json({ keys: [null] }),
    error: /no JSON Web Key Set/,
  },
  { name: 'a document without end', at: '/jwks', answer: endless, error: /larger than/ },
  {
    name: 'a connection that breaks',
    at: '/jwks',
    answer: (response) => void response.destroy(),
    error: /fetch failed/,
  },
];

for (const { name, at, answer, error } of refused)
  test(`keys are not taken from ${name}`, async () => {
    site({ '/elsewhere': keys, [at]: answer });
    await assert.rejects(fetchKeys({ issuer: base }, fetch), error);
  });

test('a public issuer cannot send the gateway to its own machine', async () => {
  const asked: string[] = [];
  const stub: typeof fetch = async (url) => {
    asked.push(String(url));
    return Response.json({ issuer: 'https://login.test', jwks_uri: 'http://127.0.0.1:9/admin' });
  };
  await assert.rejects(fetchKeys({ issuer: 'https://login.test' }, stub), /without TLS/);
  assert.deepEqual(asked, ['https://login.test/.well-known/openid-configuration']);
});
