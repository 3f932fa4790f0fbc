import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatConfigError } from './error.ts';
import { parseConfig } from './load.ts';

const api = `openapi: 3.1.0
paths:
  /v1/customers:
    get:
      operationId: listCustomers
      responses: { 200: { content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Customer' } } } } } }
    post:
      operationId: addCustomer
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Customer' } } } }
  /v1/customers/{id}:
    get:
      operationId: getCustomer
      responses: { 200: { $ref: '#/components/responses/One' } }
    delete: { operationId: dropCustomer }
  /v1/customers/mine:
    get:
      operationId: getMine
      responses: { 200: { content: { application/json: { schema: { $ref: '#/components/schemas/Person' } } } } }
  /v1/files/{name}.pdf:
    get: { operationId: getFile }
  /v1/orders:
    get:
      responses:
        default:
          content:
            application/json:
              schema:
                properties:
                  items: { items: { properties: { by: { allOf: [{ $ref: '#/components/schemas/Customer' }] } } } }
                  map: { additionalProperties: { $ref: '#/components/schemas/Customer' } }
  /v1/tree:
    get:
      operationId: getTree
      responses: { 200: { content: { application/json: { schema: { $ref: '#/components/schemas/Node' } } } } }
  /v1/pet:
    get:
      operationId: getPet
      responses: { 200: { content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } } }
components:
  responses:
    One: { content: { application/json: { schema: { $ref: '#/components/schemas/Customer' } } } }
  schemas:
    Person: { type: object, properties: { email: { type: string }, a/b: { type: string } } }
    Customer: { allOf: [{ $ref: '#/components/schemas/Person' }], properties: { card: { properties: { pan: { type: string } } } } }
    Node: { properties: { name: { type: string }, children: { items: { $ref: '#/components/schemas/Node' } } } }
    Pet: { discriminator: { propertyName: kind }, properties: { kind: { type: string } } }
    Cat: { allOf: [{ $ref: '#/components/schemas/Pet' }], properties: { chip: { type: string } } }
    Lost: { properties: { x: { type: string } } }
`;

/** With lines for the target `b` and for rules. */
function configOf(sensitive: string, rules = '[]', more = ''): string {
  return `targets: { b: { http: { url: "https://api.acme.dev", openapi: ./api.yaml } }${more} }
sensitive: { b: { ${sensitive} } }
rules: ${rules}
`;
}

function parsed(text: string, beside: Readonly<Record<string, string>> = { '/etc/s/api.yaml': api }) {
  return parseConfig(text, '/etc/s/sallyport.yaml', { read: (path) => beside[path] });
}

function good(text: string) {
  const config = parsed(text);
  if (Array.isArray(config)) throw new Error(config.map(formatConfigError).join('\n'));
  return config;
}

const rule = (what: string): string =>
  `[{ name: r, who: { any: true }, targets: [b], allow: [read, write], ${what} }]`;

describe('names of an OpenAPI file in rules', () => {
  const rows: readonly (readonly [resource: string, routes: readonly string[]])[] = [
    ['op:listCustomers', ['GET /v1/customers']],
    ['op:getCustomer', ['GET /v1/customers/{id} but /v1/customers/mine']],
    ['op:dropCustomer', ['DELETE /v1/customers/{id} but /v1/customers/mine']],
    ['op:getMine', ['GET /v1/customers/mine']],
    ['op:getFile', ['GET /v1/files/*.pdf']],
    ['op:get*e', ['GET /v1/customers/mine', 'GET /v1/files/*.pdf', 'GET /v1/tree']],
  ];
  for (const [resource, routes] of rows) {
    test(resource, () => {
      assert.deepEqual(good(configOf('', rule(`resources: ["${resource}"]`))).rules[0]?.resources, routes);
    });
  }

  test('in what is revealed', () => {
    const config = good(configOf('schema:Customer#/email: email', rule('reveal: ["op:getCustomer#/email"]')));
    assert.deepEqual(config.rules[0]?.reveal, ['GET /v1/customers/{id}#/email']);
  });
});

describe('names of an OpenAPI file in what is sensitive', () => {
  const rows: readonly (readonly [places: string, found: Readonly<Record<string, string>>])[] = [
    ['op:getCustomer#/email: email', { 'GET /v1/customers/{id}#/email': 'email' }],
    ['op:listCustomers#/*/card/pan: last4', { 'GET /v1/customers#/*/card/pan': 'last4' }],
    [
      'schema:Customer#/card/pan: last4',
      {
        'GET /v1/customers#/*/card/pan': 'last4',
        'POST /v1/customers#/card/pan': 'last4',
        'GET /v1/customers/{id}#/card/pan': 'last4',
        'GET /v1/orders#/items/*/by/card/pan': 'last4',
        'GET /v1/orders#/map/*/card/pan': 'last4',
      },
    ],
    ['schema:Cat#/chip: hash', { 'GET /v1/pet#/chip': 'hash' }],
    [
      'schema:Customer#/email: email, op:getCustomer#/email: redact, "GET /v1/customers#/*/email": hash',
      {
        'GET /v1/customers#/*/email': 'hash',
        'POST /v1/customers#/email': 'email',
        'GET /v1/customers/{id}#/email': 'redact',
        'GET /v1/orders#/items/*/by/email': 'email',
        'GET /v1/orders#/map/*/email': 'email',
      },
    ],
    ['"op:getFile#?page": { mask: token, label: page }', { 'GET /v1/files/*.pdf#?page': 'token' }],
  ];
  for (const [places, found] of rows) {
    test(places, () => {
      const sensitive = good(configOf(places)).targets.get('b')?.sensitive ?? new Map<string, string>();
      assert.deepEqual(Object.fromEntries(sensitive), found);
    });
  }
});

describe('refused', () => {
  const other = ', c: { http: { url: "https://c.acme.dev" } }';
  const rows: readonly (readonly [text: string, error: string])[] = [
    [
      configOf('', rule('resources: ["op:getCustomr"]')),
      'sallyport.yaml:3:88: "op:getCustomr": no operation is "getCustomr" (did you mean "getCustomer"?)',
    ],
    [
      configOf('', rule('resources: ["schema:Customer"]')),
      'sallyport.yaml:3:88: "schema:Customer": "schema:Customer" names no operation (write op:operationId)',
    ],
    [
      configOf('op:getCustomer#/emial: email'),
      'sallyport.yaml:2:19: "op:getCustomer#/emial": getCustomer answers with nothing at /emial (items of lists are *: /*/email)',
    ],
    [
      configOf('op:listCustomers#/email: email'),
      'sallyport.yaml:2:19: "op:listCustomers#/email": listCustomers answers with nothing at /email (items of lists are *: /*/email)',
    ],
    [
      configOf('schema:Custmer#/email: email'),
      '"schema:Custmer#/email": no schema is "Custmer" (did you mean "Customer"?)',
    ],
    [configOf('schema:Customer#/phone: email'), '"schema:Customer#/phone": Customer has nothing at /phone'],
    [configOf('schema:Lost#/x: email'), '"schema:Lost#/x": no operation has a Lost (bodies have it by $ref)'],
    [configOf('schema:Node#/name: email'), 'holds itself, so such places are without end'],
    [
      configOf('schema:Customer#/email: email, schema:Person#/email: redact'),
      '"schema:Person#/email" is also GET /v1/customers#/*/email, which is masked otherwise',
    ],
    [
      configOf('', rule('resources: ["op:getMine"]').replace('[b]', '[b, c]'), other),
      '"op:getMine": target "c" has no OpenAPI file (give it http.openapi)',
    ],
  ];
  for (const [text, error] of rows) {
    test(error, () => {
      const found = parsed(text);
      assert.ok(
        Array.isArray(found) && found.some((each) => formatConfigError(each).includes(error)),
        JSON.stringify(found),
      );
    });
  }

  test('a body that is somewhere else, and may be what is looked for', () => {
    const cut = api.replace(
      "{ schema: { $ref: '#/components/schemas/Person' } }",
      '{ schema: { $ref: b.yaml } }',
    );
    const found = parsed(configOf('schema:Customer#/email: email'), { '/etc/s/api.yaml': cut });
    assert.match(Array.isArray(found) ? (found[0]?.message ?? '') : '', /b\.yaml leads nowhere in this file/);
  });

  const files: readonly (readonly [title: string, file: string, error: string])[] = [
    ['no OpenAPI', 'swagger: "2.0"', 'api.yaml:1:1: no OpenAPI 3.0 or 3.1'],
    ['no YAML', 'openapi: 3.1.0\n  a: [', 'api.yaml:2:'],
    [
      'a name twice',
      'openapi: 3.1.0\npaths:\n  /a: { get: { operationId: x } }\n  /b: { get: { operationId: x } }',
      'api.yaml:4:16: two operations are "x"',
    ],
    [
      'a path twice',
      'openapi: 3.1.0\npaths:\n  /a/{b}: {}\n  /a/{c}: {}',
      'api.yaml:4:3: "/a/{c}" is the same path as /a/{b}',
    ],
    ['no path', 'openapi: 3.0.0\npaths:\n  a: {}', 'api.yaml:3:3: "a" is no path'],
    [
      'another file',
      'openapi: 3.0.0\npaths:\n  /a: { $ref: b.yaml }',
      'api.yaml:3:9: a reference leads nowhere in this file',
    ],
    ['no file', '', 'sallyport.yaml:1:63: ./api.yaml cannot be read'],
  ];
  for (const [title, file, error] of files) {
    test(title, () => {
      const found = parsed(configOf(''), file === '' ? {} : { '/etc/s/api.yaml': file });
      assert.ok(
        Array.isArray(found) && found.some((each) => formatConfigError(each).includes(error)),
        JSON.stringify(found),
      );
    });
  }

  for (const path of ['../api.yaml', '/etc/passwd', './data/key.pem']) {
    test(`${path}, which is not beside the configuration`, () => {
      const found = parsed(configOf('').replace('./api.yaml', path));
      assert.match(Array.isArray(found) ? (found[0]?.message ?? '') : '', /is not beside this file/);
    });
  }
});

test('a change of the file is a change of the configuration', () => {
  const digests = ['', '# more'].map((more) => {
    const config = parsed(configOf(''), { '/etc/s/api.yaml': api + more });
    return Array.isArray(config) ? '' : config.digest;
  });
  assert.equal(new Set(digests).size, 2);
});
