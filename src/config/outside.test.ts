import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from './config.ts';
import { formatConfigError } from './error.ts';
import { parseConfig } from './load.ts';

const base = 'listen: { http: 8443 }\nidentity: { local: true }\n';

function parse(text: string): Config {
  const config = parseConfig(base + text, '/etc/sallyport/sallyport.yaml');
  assert.ok(!Array.isArray(config), JSON.stringify(config));
  return config;
}

function errorsOf(text: string): readonly string[] {
  const config = parseConfig(base + text, 'f');
  return Array.isArray(config) ? config.map((error) => formatConfigError(error).slice(2)) : [];
}

const hook = 'webhook: { url: "https://h.test/", secret: "${env:S}" }';
const chat = 'channel: C012, token: "${env:T}"';

test('channels are taken, with defaults', () => {
  const { notify } = parse(`notify:
  hook: { ${hook} }
  chat:
    on: [hold.decided]
    slack: { ${chat}, signing_secret: "\${env:S}", users: { U1: { subject: anna, issuer: sallyport, groups: [dba] } } }
  room: { teams: { url: "\${env:URL}" } }
  mail: { email: { host: smtp.test, ca: ca.pem, from: a@b.c, to: [d@e.f] } }
`);
  const on = ['hold.opened', 'request.opened', 'grant.started'];
  const people = new Map([['U1', { subject: 'anna', issuer: 'sallyport', groups: ['dba'] }]]);
  assert.deepEqual(notify, [
    {
      name: 'hook',
      on,
      way: { kind: 'webhook', url: 'https://h.test/', secret: '${env:S}', private: false },
    },
    {
      name: 'chat',
      on: ['hold.decided'],
      way: {
        kind: 'slack',
        channel: 'C012',
        token: '${env:T}',
        people,
        api: 'https://slack.com/api',
        signingSecret: '${env:S}',
      },
    },
    { name: 'room', on, way: { kind: 'teams', url: '${env:URL}', people: new Map(), private: false } },
    {
      name: 'mail',
      on,
      way: {
        kind: 'email',
        host: 'smtp.test',
        port: 587,
        tls: 'starttls',
        from: 'a@b.c',
        to: ['d@e.f'],
        caFile: '/etc/sallyport/ca.pem',
      },
    },
  ]);
});

test('sinks are taken, with defaults', () => {
  const { sinks } = parse(`sinks:
  siem: { syslog: { host: siem.test } }
  plain: { syslog: { host: 127.0.0.1, tls: false, facility: 4, bytes: 4096 } }
  otel: { otlp: { url: "https://o.test/v1/logs", headers: { authorization: "Bearer \${env:T}" } } }
`);
  assert.deepEqual(sinks, [
    {
      name: 'siem',
      way: { kind: 'syslog', host: 'siem.test', port: 6514, tls: true, facility: 13, bytesMax: 65_536 },
    },
    {
      name: 'plain',
      way: { kind: 'syslog', host: '127.0.0.1', port: 514, tls: false, facility: 4, bytesMax: 4_096 },
    },
    {
      name: 'otel',
      way: { kind: 'otlp', url: 'https://o.test/v1/logs', headers: { authorization: 'Bearer ${env:T}' } },
    },
  ]);
});

test('the journal can be kept for longer than a timer of Node can wait', () => {
  assert.equal(parse('journal: { keep: 90d }').journal.keepMs, 90 * 86_400_000);
  assert.equal(parse('').journal.keepMs, undefined);
});

const refusals: readonly [title: string, text: string, error: RegExp][] = [
  ['a channel that leads nowhere', 'notify: { a: {} }', /^3:11: it leads nowhere \(give it one of webhook/],
  ['two ways', `notify: { a: { ${hook}, email: { host: h, from: a, to: [b] } } }`, /webhook and email/],
  ['an odd name', `notify: { "a b": { ${hook} } }`, /"a b" is no name/],
  ['a kind that is none', `notify: { a: { on: [hold.open], ${hook} } }`, /did you mean "hold.opened"/],
  [
    'a webhook in clear',
    'notify: { a: { webhook: { url: "http://h.test", secret: "${env:S}" } } }',
    /"http:\/\/h.test" must be https/,
  ],
  [
    'a webhook without a secret',
    'notify: { a: { webhook: { url: "https://h.test" } } }',
    /secret is missing/,
  ],
  [
    'a reference that is none',
    'notify: { a: { webhook: { url: "https://h.test", secret: "${vault:x}" } } }',
    /not built yet/,
  ],
  [
    'a reference where none is resolved',
    'notify: { a: { email: { host: "${env:X}", from: a, to: [b] } } }',
    /resolved in credentials alone/,
  ],
  [
    "a channel's name for its id",
    'notify: { a: { slack: { channel: "#dba", token: "${env:T}" } } }',
    /channel's id/,
  ],
  [
    'people whose presses could not be verified',
    `notify: { a: { slack: { ${chat}, users: { U1: { subject: a, issuer: sallyport } } } } }`,
    /users without signing_secret/,
  ],
  [
    'people of an issuer that is none',
    `notify: { a: { slack: { ${chat}, signing_secret: "\${env:S}", users: { U1: { subject: a, issuer: "https://x" } } } } }`,
    /no issuer "https:\/\/x" is configured/,
  ],
  [
    'people by e-mail of an issuer that is none',
    `notify: { a: { slack: { ${chat}, signing_secret: "\${env:S}", by_email: { issuer: "https://x" } } } }`,
    /no issuer "https:\/\/x" is configured/,
  ],
  [
    'people of Teams without its secret',
    'notify: { a: { teams: { url: "${env:U}", users: { u: { subject: a, issuer: sallyport } } } } }',
    /users without secret/,
  ],
  [
    'mail in clear over the network',
    'notify: { a: { email: { host: h.test, tls: none, from: a, to: [b] } } }',
    /to this machine alone \(tls: starttls\)/,
  ],
  [
    'a user without a password',
    'notify: { a: { email: { host: h.test, user: u, from: a, to: [b] } } }',
    /user and password go together/,
  ],
  ['a sink that leads nowhere', 'sinks: { a: {} }', /it leads nowhere \(give it one of syslog, otlp\)/],
  ['a collector in clear', 'sinks: { a: { otlp: { url: "http://o.test" } } }', /must be https/],
  ['a facility that is none', 'sinks: { a: { syslog: { host: h, facility: 24 } } }', /facility/],
  ['a time that is none', 'journal: { keep: forever }', /keep: must be a duration/],
];

describe('what is refused', () => {
  for (const [title, text, error] of refusals) {
    test(title, () => {
      const errors = errorsOf(text);
      assert.ok(
        errors.some((each) => error.test(each)),
        errors.join('\n'),
      );
    });
  }
});

const warnings: readonly [title: string, text: string, warning: RegExp][] = [
  [
    'a secret in the open',
    'notify: { a: { webhook: { url: "https://h.test", secret: "hush" } } }',
    /a secret stands plainly/,
  ],
  ['the record in clear', 'sinks: { a: { syslog: { host: h.test, tls: false } } }', /in clear/],
];
for (const [title, text, warning] of warnings) {
  test(`a warning: ${title}`, () => {
    assert.ok(parse(text).warnings.some(({ message }) => warning.test(message)));
  });
}
