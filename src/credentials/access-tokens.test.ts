import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startHttpApi, type HttpApi } from '../../test/fixtures/http-api.ts';
import type { OAuthClientSpec } from '../core/target.ts';
import { AccessTokens } from './access-tokens.ts';

let issuer: HttpApi;
let nowMs = 0;
let answer: { status: number; body: string } = { status: 200, body: '' };

before(async () => {
  issuer = await startHttpApi((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json', location: '/other' });
    response.end(answer.body.replace('#', String(issuer.arrived.length)));
  });
});

after(() => issuer?.stop());

let arrivedBefore = 0;
beforeEach(() => {
  nowMs = 1_000_000;
  arrivedBefore = issuer.arrived.length;
  answer = { status: 200, body: granted({ expires_in: 600 }) };
});

function granted(more: object): string {
  return JSON.stringify({ access_token: 'at-#', token_type: 'Bearer', ...more });
}

const spec = (it: Partial<OAuthClientSpec> = {}): OAuthClientSpec => ({
  tokenUrl: `http://127.0.0.1:${issuer.port}/token`,
  clientId: 'client 1',
  clientSecret: 's:e/c',
  clientAuth: 'basic',
  ...it,
});

const tokens = (): AccessTokens => new AccessTokens((text) => Promise.resolve(text), { now: () => nowMs });
const fetched = (): number => issuer.arrived.length - arrivedBefore;

describe('an access token', () => {
  test('is asked for as the RFC has it, in the header', async () => {
    const { text, secret } = await tokens().of(spec({ scope: 'read write', audience: 'api' }), undefined);
    const { method, body, headers } = issuer.arrived.at(-1) ?? {};
    assert.equal(method, 'POST');
    assert.equal(body?.toString(), 'grant_type=client_credentials&scope=read+write&audience=api');
    const basic = Buffer.from('client+1:s%3Ae%2Fc').toString('base64');
    assert.equal(headers?.authorization, `Basic ${basic}`);
    assert.deepEqual([text, secret], [`at-${issuer.arrived.length}`, 's:e/c']);
  });

  test('is asked for in the body', async () => {
    await tokens().of(spec({ clientAuth: 'post' }), undefined);
    const { body, headers } = issuer.arrived.at(-1) ?? {};
    const form = 'grant_type=client_credentials&client_id=client+1&client_secret=s%3Ae%2Fc';
    assert.deepEqual([body?.toString(), headers?.authorization], [form, undefined]);
  });

  const lives: readonly (readonly [title: string, more: object, keptMs: number])[] = [
    ['is renewed 60 s before its end', { expires_in: 600 }, 540_000],
    ['that lives shortly is renewed at half of it', { expires_in: 10 }, 5_000],
    ['of an unsaid life is renewed soon', {}, 30_000],
    ['of a life that is none is renewed soon', { expires_in: -5 }, 30_000],
    ['may say its life in text', { expires_in: '600' }, 540_000],
  ];
  for (const [title, more, keptMs] of lives) {
    test(title, async () => {
      answer = { status: 200, body: granted(more) };
      const [of, one] = [tokens(), spec()];
      await of.of(one, undefined);
      nowMs += keptMs - 1;
      await of.of(one, undefined);
      assert.equal(fetched(), 1);
      nowMs += 1;
      await of.of(one, undefined);
      assert.equal(fetched(), 2);
    });
  }

  test('is fetched once for all who wait for it', async () => {
    const [of, one] = [tokens(), spec()];
    const all = await Promise.all(Array.from({ length: 10 }, () => of.of(one, undefined)));
    assert.equal(new Set(all.map(({ text }) => text)).size, 1);
    assert.equal(fetched(), 1);
  });

  test('that still lives is used where no new one can be had, and not a moment longer', async () => {
    const [of, one] = [tokens(), spec()];
    const { text } = await of.of(one, undefined);
    answer = { status: 500, body: '' };
    nowMs += 599_999;
    assert.equal((await of.of(one, undefined)).text, text);
    nowMs += 1;
    await assert.rejects(of.of(one, undefined), /answers 500/);
  });

  test('that was refused is fetched anew', async () => {
    const [of, one] = [tokens(), spec()];
    const { text } = await of.of(one, undefined);
    of.refused(one, 'another');
    assert.equal((await of.of(one, undefined)).text, text);
    of.refused(one, text);
    assert.notEqual((await of.of(one, undefined)).text, text);
  });
});

describe('no access token', () => {
  const rows: readonly (readonly [title: string, status: number, body: string, error: RegExp])[] = [
    ['refused', 401, '{"error":"invalid_client"}', /answers 401 \(invalid_client\)$/],
    ['refused, with more than a code', 400, '{"error":"s:e/c was wrong"}', /answers 400$/],
    ['led elsewhere', 302, '', /answers 302$/],
    ['no JSON', 200, 'ok', /JSON/],
    ['null', 200, 'null', /no object/],
    ['none in it', 200, '{"token_type":"Bearer"}', /no access token/],
    ['a line break in it', 200, '{"access_token":"a\\nb","token_type":"Bearer"}', /no access token/],
    ['of another type', 200, '{"access_token":"a","token_type":"mac"}', /no bearer token/],
    ['too long an answer', 200, ' '.repeat(100_000), /size/i],
  ];
  for (const [title, status, body, error] of rows) {
    test(title, async () => {
      answer = { status, body };
      await assert.rejects(tokens().of(spec(), undefined), error);
      assert.equal(fetched(), 1);
    });
  }
});
