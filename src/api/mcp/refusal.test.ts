import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes } from '../../core/errors.ts';
import { codeOf, detailOf, refused } from './refusal.ts';

describe('what a model is told', () => {
  test('a refusal that a request could lift names the tool and its arguments, and no command line', () => {
    const { text, data, isError } = refused(
      {
        code: 'denied',
        message: 'Sallyport: no rule allows write.update public.orders on orders',
        hint: 'Ask for it: sallyport request orders --rule repairs.',
        detail: { allowed: ['read public.*'], requestable: [{ rule: 'repairs', ask: 'sallyport request' }] },
      },
      'orders',
    );
    assert.equal(
      text,
      [
        'Refused (denied): no rule allows write.update public.orders on orders',
        'Allowed to you there: read public.*.',
        'Next: request_access with target "orders", rule "repairs" and a reason; then wait_for_approval.',
      ].join('\n'),
    );
    assert.deepEqual([data['code'], data['requestable'], isError], ['denied', ['repairs'], true]);
  });

  test('a held command is no error', () => {
    const { text, data, isError } = refused({
      code: 'hold_pending',
      message: 'Sallyport: nobody decided',
      detail: { approval: 'ab12', url: 'https://gateway/approvals/ab12', rules: ['with a nod'] },
    });
    assert.equal(isError, undefined);
    assert.equal(data['status'], 'held');
    assert.match(text, /^Held: a person must approve this first \("with a nod"\)\. It did not run\.$/m);
    assert.match(text, /^Next: call wait_for_approval with id "ab12"/m);
  });

  test('what deceives is spelled out', () => {
    const { text } = refused({ code: 'denied', message: 'no \u202eevil\u001b[2J', detail: {} });
    assert.match(text, /no \\u\{202e\}evil\^\[\[2J/);
  });
});

describe('a detail that came as JSON', () => {
  const rows: readonly [title: string, value: unknown, expected: object][] = [
    ['what is known', { rules: ['a'], allowed: ['read'], other: 1 }, { rules: ['a'], allowed: ['read'] }],
    ['nothing', undefined, {}],
    ['no object', 'text', {}],
    ['of another form', { rules: 'a' }, {}],
    ['a request without its rule', { requestable: [{ ask: 'x' }] }, {}],
  ];
  for (const [title, value, expected] of rows) {
    test(title, () => assert.deepEqual(detailOf(value), expected));
  }

  test('every code is known, and nothing else is one', () => {
    for (const code of errorCodes) assert.equal(codeOf(code), code);
    for (const other of ['', 'DENIED', 42, undefined, null]) assert.equal(codeOf(other), undefined);
  });
});
