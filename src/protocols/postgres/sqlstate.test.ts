import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes, SallyportError } from '../../core/errors.ts';
import { WireError } from '../../wire/bytes.ts';
import { asRefusal, errorFields, markedAsServers } from './sqlstate.ts';

describe('the fields of a refusal', () => {
  for (const code of errorCodes) {
    test(`${code} has a SQLSTATE, and a DETAIL that programs can read`, () => {
      const fields = errorFields(new SallyportError(code, 'Sallyport: no'), 'ERROR');
      assert.match(fields['C'] ?? '', /^[0-9A-Z]{5}$/);
      assert.deepEqual(
        { ...fields, C: '' },
        { S: 'ERROR', V: 'ERROR', C: '', M: 'Sallyport: no', D: `{"code":"${code}"}` },
      );
    });
  }

  test('a refusal by policy is insufficient_privilege, with all that it says', () => {
    const detail = { rules: ['no drops'], effects: ['schema.drop public.users'], position: 7 };
    const refusal = new SallyportError('denied', 'Sallyport: no', { hint: 'Ask.', detail });
    assert.deepEqual(errorFields(refusal, 'FATAL'), {
      S: 'FATAL',
      V: 'FATAL',
      C: '42501',
      M: 'Sallyport: no',
      D: JSON.stringify({ code: 'denied', ...detail }),
      H: 'Ask.',
      P: '7',
    });
  });

  test('the DETAIL is one line, whatever is in it', () => {
    const refusal = new SallyportError('denied', 'no', { detail: { rules: ['a\nb\r\u2028c'] } });
    assert.doesNotMatch(errorFields(refusal, 'ERROR')['D'] ?? '', /[\n\r]/);
  });

  test('the cause never reaches the client', () => {
    const refusal = new SallyportError('internal', 'no', { cause: new Error('password=hunter2') });
    assert.doesNotMatch(JSON.stringify(errorFields(refusal, 'ERROR')), /hunter2/);
  });
});

describe('a DETAIL of the server’s', () => {
  const rows: readonly [title: string, detail: string | undefined, shown: string | undefined][] = [
    ['like a refusal of the gateway’s', '{"code":"denied"}', 'the server says: {"code":"denied"}'],
    ['the same behind blanks', ' \n{"code":"denied"}', 'the server says:  \n{"code":"denied"}'],
    ['in the words of a server', 'Key (id)=(1) already exists.', undefined],
    ['none', undefined, undefined],
  ];
  for (const [title, detail, shown] of rows) {
    test(`${title} is ${shown === undefined ? 'left alone' : 'marked'}`, () => {
      const fields = new Map(Object.entries({ M: 'no', ...(detail === undefined ? {} : { D: detail }) }));
      assert.equal(markedAsServers(fields)?.get('D'), shown);
    });
  }
});

describe('whatever was thrown', () => {
  const own = new SallyportError('denied', 'Sallyport: no');

  test('a refusal stays what it is', () => assert.equal(asRefusal(own), own));

  for (const [thrown, code, message] of [
    [new WireError('client', 'a length of -1'), 'protocol', 'Sallyport: client: a length of -1'],
    [new WireError('client', 'too long', 'too_large'), 'too_large', 'Sallyport: client: too long'],
    [
      new WireError('upstream', 'too long', 'too_large'),
      'upstream_protocol',
      'Sallyport: upstream: too long',
    ],
    [new WireError('upstream', 'a length of -1'), 'upstream_protocol', 'Sallyport: upstream: a length of -1'],
  ] as const) {
    test(`"${thrown.message}" (${thrown.reason}) is ${code}`, () => {
      const refusal = asRefusal(thrown);
      assert.equal(refusal.code, code);
      assert.match(refusal.message, new RegExp(message.replace(/^Sallyport: \w+: /, '^Sallyport: .*')));
      assert.equal(refusal.cause, thrown);
    });
  }

  for (const thrown of [
    new Error('password=hunter2'),
    new TypeError('hunter2'),
    'hunter2',
    { hunter2: 1 },
    undefined,
  ]) {
    test(`${thrown instanceof Error ? thrown.name : typeof thrown} tells the client nothing of itself`, () => {
      const refusal = asRefusal(thrown);
      assert.equal(refusal.code, 'internal');
      assert.doesNotMatch(JSON.stringify(errorFields(refusal, 'FATAL')), /hunter2/);
      assert.equal(refusal.cause, thrown);
    });
  }
});
