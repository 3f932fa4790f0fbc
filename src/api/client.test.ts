import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, createClient } from './client.ts';
import { routes } from './contract/routes.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A client whose gateway answers the same to everything. */
function against(answer: () => Response | Promise<Response>) {
  const sent: Sent[] = [];
  const client = createClient({
    url: 'https://gateway.test:8443/',
    token: 'jwt',
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init ?? {} });
      return answer();
    },
  });
  return { client, sent };
}

test('params are escaped, queries encoded, absent ones left out', async () => {
  const { client, sent } = against(() => Response.json({ restored: true }));
  await client.call(routes.restore, {
    params: { subject: 'a/b ?#%2F' },
    query: { issuer: 'https://i/?a=b&c' },
  });
  await client.call(routes.restore, { params: { subject: 'x' }, query: { issuer: undefined } });
  assert.deepEqual(
    sent.map(({ url }) => url),
    [
      'https://gateway.test:8443/api/v1/revocations/a%2Fb%20%3F%23%252F?issuer=https%3A%2F%2Fi%2F%3Fa%3Db%26c',
      'https://gateway.test:8443/api/v1/revocations/x',
    ],
  );
});

test('the token goes along, and never to where a redirect points', async () => {
  const { client, sent } = against(() => Response.json({ ended: 0 }));
  await client.call(routes.revoke, { body: { subject: 'x' } });
  const { method, headers, body, redirect } = sent[0]?.init ?? {};
  assert.deepEqual([method, body, redirect], ['POST', '{"subject":"x"}', 'error']);
  assert.equal(new Headers(headers).get('authorization'), 'Bearer jwt');
});

test('a refusal keeps its code, status, hint and detail', async () => {
  const error = { code: 'denied', message: 'no', hint: 'ask', detail: { rules: ['r'] } };
  const { client } = against(() => Response.json({ error }, { status: 403 }));
  await assert.rejects(client.call(routes.me, {}), (thrown: unknown) => {
    assert.ok(thrown instanceof ApiError);
    const { code, status, message, hint, detail } = thrown;
    assert.deepEqual({ code, message, hint, detail }, error);
    assert.equal(status, 403);
    return true;
  });
});

const odd: readonly [what: string, answer: () => Response, code: string][] = [
  ['another program’s error page', () => new Response('<h1>502</h1>', { status: 502 }), 'unintelligible'],
  ['a page instead of JSON', () => new Response('<h1>hi</h1>'), 'unintelligible'],
  ['JSON that is not the contract’s', () => Response.json({ ended: 'yes' }), 'unintelligible'],
  [
    'no answer',
    () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    },
    'unreachable',
  ],
];

for (const [what, answer, code] of odd) {
  test(`${what} is ${code}`, async () => {
    const { client } = against(answer);
    const asked = client.call(routes.killSession, { params: { id: 'x' } });
    await assert.rejects(asked, (error: unknown) => error instanceof ApiError && error.code === code);
  });
}

function chunked(...chunks: readonly string[]): Response {
  return new Response(ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk))));
}

async function typesOf(response: Response): Promise<string[]> {
  const { client } = against(() => response);
  const types: string[] = [];
  for await (const { type } of client.events('x', { follow: true })) types.push(type);
  return types;
}

const line = (type: string) => `{"seq":1,"time":"2026-11-23T10:00:00.000Z","type":"${type}","é":"é"}\n`;

test('events come line by line, however the bytes are cut', async () => {
  assert.deepEqual(await typesOf(chunked()), []);
  assert.deepEqual(await typesOf(chunked(line('a') + line('b'), line('c'))), ['a', 'b', 'c']);
  const bytes = Buffer.from(line('a') + line('b'));
  for (let at = 1; at < bytes.length; at++) {
    const parts = [bytes.subarray(0, at), bytes.subarray(at)];
    assert.deepEqual(await typesOf(new Response(ReadableStream.from(parts))), ['a', 'b'], String(at));
  }
});

const broken: readonly [what: string, response: () => Response, code: string][] = [
  ['half a line at the end', () => chunked(line('a'), '{"seq":2'), 'broken_off'],
  ['a line that is no event', () => chunked('{"seq":"two"}\n'), 'unintelligible'],
  ['a line that is no JSON', () => chunked('oops\n'), 'unintelligible'],
];

for (const [what, response, code] of broken) {
  test(`${what} is ${code}`, async () => {
    await assert.rejects(
      typesOf(response()),
      (error: unknown) => error instanceof ApiError && error.code === code,
    );
  });
}
