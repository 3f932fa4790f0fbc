import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GraphqlProblem } from './document.ts';
import { readQueries } from './request.ts';

interface Row {
  readonly method?: string;
  readonly query?: string;
  readonly type?: string;
  readonly body?: string | Buffer;
}

function read({ method = 'POST', query = '', type = 'application/json', body }: Row) {
  return readQueries({
    method,
    query,
    contentType: type,
    body: body === undefined ? undefined : Buffer.from(body),
  });
}

describe('operations of a request', () => {
  const rows: readonly (readonly [title: string, row: Row, queries: readonly string[]])[] = [
    ['in JSON', { body: '{"query":"{a}"}' }, ['{a} undefined']],
    [
      'with all that belongs to it',
      { body: '{"query":"{a}","operationName":"A","variables":{"a":{"a":1}},"extensions":{}}' },
      ['{a} A'],
    ],
    ['without a name', { body: '{"query":"{a}","operationName":null}' }, ['{a} undefined']],
    ['in a batch', { body: '[{"query":"{a}"},{"query":"{b}"}]' }, ['{a} undefined', '{b} undefined']],
    [
      'with a charset',
      { type: 'application/json; charset=UTF-8', body: '{"query":"{a}"}' },
      ['{a} undefined'],
    ],
    [
      'in the query',
      { method: 'GET', query: '?query=%7Ba%7D&operationName=A&variables=%7B%7D&x=1' },
      ['{a} A'],
    ],
  ];
  for (const [title, row, queries] of rows) {
    test(title, () => {
      assert.deepEqual(
        read(row).map(({ text, operationName }) => `${text} ${operationName}`),
        queries,
      );
    });
  }
});

describe('requests that servers may read in more than one way', () => {
  const stored = '"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}';
  const rows: readonly (readonly [title: string, row: Row])[] = [
    ['no body', {}],
    ['no JSON', { body: '{' }],
    ['a byte order mark', { body: '\ufeff{"query":"{a}"}' }],
    ['no UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }],
    ['a query twice', { body: '{"query":"{a}","query":"{b}"}' }],
    ['a query twice, once in escapes', { body: '{"query":"{a}","qu\\u0065ry":"{b}"}' }],
    ['a key twice deep within', { body: '{"query":"{a}","variables":{"a":[{"b":1,"b":2}]}}' }],
    ['a key twice around a comma in a text', { body: '{"query":"{a,b}" , "x":"\\",\\"" ,"query" : "{b}"}' }],
    [
      'an operation name twice',
      { body: '[{"query":"{a}"},{"query":"{a}","operationName":"A","operationName":"B"}]' },
    ],
    ['a text', { body: '"{a}"' }],
    ['an empty batch', { body: '[]' }],
    ['a large batch', { body: JSON.stringify(Array.from({ length: 51 }, () => ({ query: '{a}' }))) }],
    ['a batch in a batch', { body: '[[{"query":"{a}"}]]' }],
    ['no query', { body: '{"operationName":"A"}' }],
    ['a query that is no text', { body: '{"query":["{a}"]}' }],
    ['a stored one', { body: `{${stored}}` }],
    ['a stored one beside its text', { body: `{"query":"{a}",${stored}}` }],
    ['a stored one by an id', { body: '{"id":"x"}' }],
    ['an id beside a query', { body: '{"query":"{a}","documentId":"x"}' }],
    ['a form', { type: 'application/x-www-form-urlencoded', body: 'query={a}' }],
    ['parts', { type: 'multipart/form-data; boundary=x', body: 'operations' }],
    ['GraphQL', { type: 'application/graphql', body: '{a}' }],
    ['no type', { type: '', body: '{"query":"{a}"}' }],
    ['another charset', { type: 'application/json; charset=utf-16', body: '{"query":"{a}"}' }],
    ['a query beside the body', { query: '?query={b}', body: '{"query":"{a}"}' }],
    ['an operation name beside the body', { query: '?operationName=B', body: '{"query":"{a}"}' }],
    ['a body beside the query', { method: 'GET', query: '?query={a}', body: '{"query":"{b}"}' }],
    ['a query twice in the parameters', { method: 'GET', query: '?query={a}&query={b}' }],
    [
      'a stored one in the parameters',
      { method: 'GET', query: '?extensions=%7B%22persistedQuery%22%3A1%7D' },
    ],
    ['PUT', { method: 'PUT', body: '{"query":"{a}"}' }],
    ['WEBSOCKET', { method: 'WEBSOCKET' }],
  ];
  for (const [title, row] of rows) test(title, () => assert.throws(() => read(row), GraphqlProblem));
});
