import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Config } from './config.ts';
import { ConfigRefused, formatConfigError } from './error.ts';
import { loadConfig, parseConfig } from './load.ts';

const base = `
listen: { postgres: 6432 }
identity: { local: true }
targets:
  orders:
    postgres: { host: db, database: orders }
    credential: { static: { user: app, password: "\${env:PW}" } }
    labels: { env: prod }
`;

function parse(text: string): Config {
  const config = parseConfig(text, '/etc/sallyport/sallyport.yaml');
  assert.ok(!Array.isArray(config), JSON.stringify(config));
  return config;
}

/** `3:5 message (hint)` of each error. */
function errorsOf(text: string): readonly string[] {
  const config = parseConfig(text, 'f');
  return Array.isArray(config) ? config.map((error) => formatConfigError(error).slice(2)) : [];
}

/** A rule among others that are in order, from line 1 on; and what is wrong with it. */
const rule = (lines: string): string => `rules:\n- ${lines.replaceAll('\n', '\n  ')}${base}`;
const ok = 'name: r\nwho: { any: true }\ntargets: [orders]\n';

const refusals: readonly [title: string, text: string, error: string][] = [
  [
    'text that is no YAML',
    'a: [',
    '1:5: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a list', '- a', '1:1: the configuration must be a map of keys'],
  ['a key twice', 'data: a\ndata: b', '2:1: Map keys must be unique'],
  ['an unknown tag', 'data: !secret x', '1:7: Unresolved tag: !secret'],
  [
    'two documents',
    'data: a\n---\ndata: b',
    '2:1: Source contains multiple documents; please use YAML.parseAllDocuments()',
  ],
  ['an unknown key', 'listn: {}', '1:1: unknown key listn (did you mean "listen"?)'],
  ['an unknown key like nothing', 'zebra: {}', '1:1: unknown key zebra'],
  [
    'an unknown key deep down',
    rule('name: r\nwho: { not: { grops: [a] } }\ntargets: ["*"]\ndeny: [read]'),
    '3:17: unknown key rules[0].who.not.grops (did you mean "groups"?)',
  ],
  [
    'an unknown key in an alternative',
    rule('name: r\ntargets: { lables: { a: b } }\ndeny: [read]'),
    '3:3: rules[0].targets.labels is missing (a map of keys)',
  ],
  ['what is still to come', 'store: x', '1:1: store is not built yet in this version'],
  [
    'a port that is still to come',
    'listen: { ssh: 22 }',
    '1:11: listen.ssh is not built yet in this version',
  ],
  [
    'a target that is still to come',
    'targets: { b: { kubernetes: { server: x } } }',
    '1:17: targets.b.kubernetes is not built yet in this version',
  ],
  [
    'a target of AWS without an account',
    'targets: { b: { aws: { regions: [us-east-1] }, credential: { keys: { access_key_id: A, secret_access_key: "${env:S}" } } } }',
    '1:17: nobody can tell whose account this is (add account: "123456789012")',
  ],
  [
    'a region that is none',
    'targets: { b: { aws: { regions: [mars] } } }',
    '1:34: targets.b.aws.regions[0]: must be a region such as us-east-1',
  ],
  [
    'a role without keys to assume it by',
    'targets: { b: { aws: { regions: [us-east-1] }, credential: { assume_role: "arn:aws:iam::123456789012:role/crew" } } }',
    '1:48: assume_role without keys to assume it by (add from: { access_key_id, secret_access_key })',
  ],
  [
    'keys of AWS for an API',
    'targets: { b: { http: { url: "https://a.test" }, credential: { keys: { access_key_id: A, secret_access_key: "${env:S}" } } } }',
    '1:64: keys is for AWS targets',
  ],
  [
    'a header for AWS',
    'targets: { b: { aws: { regions: [us-east-1], account: "123456789012" }, credential: { headers: { a: b }, keys: { access_key_id: A, secret_access_key: "${env:S}" } } } }',
    '1:87: headers is for other targets than AWS (give it keys or assume_role)',
  ],
  [
    'an endpoint with a path',
    'targets: { b: { aws: { regions: [us-east-1], account: "123456789012", endpoint: "https://a.test/x" }, credential: { keys: { access_key_id: A, secret_access_key: "${env:S}" } } } }',
    '1:81: endpoint has more than scheme, host and port',
  ],
  [
    'two addresses',
    'targets: { b: { aws: { regions: [us-east-1], account: "123456789012" }, credential: { keys: { access_key_id: A, secret_access_key: "${env:S}" } }, http: { url: "https://a.test" } } }',
    '1:17: target "b" has two addresses (make two targets of it)',
  ],
  [
    'an ARN that is none',
    'rules: [{ name: r, who: { any: true }, targets: [b], allow: [read], resources: ["arn:aws:s3:x"] }]\ntargets: { b: { aws: { regions: [us-east-1], account: "123456789012" }, credential: { keys: { access_key_id: A, secret_access_key: "${env:S}" } } } }',
    '1:81: "arn:aws:s3:x" is no ARN (write arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE, * for any part)',
  ],
  [
    'an address that is none',
    'targets: { b: { http: { url: api } } }',
    '1:30: targets.b.http.url: must be a URL that begins with https:// or http://',
  ],
  [
    'a secret in an address',
    'targets: { b: { http: { url: "https://me:pw@api" } } }',
    '1:30: url has more than scheme, host, port and path (put secrets into credential)',
  ],
  [
    'HTTP/2 of a target with TLS',
    'targets: { b: { http: { url: "https://api", http2: true } } }',
    '1:52: http2 is for targets without TLS (leave it out: the handshake says it)',
  ],
  [
    'a range that is none',
    'targets: { b: { http: { url: "https://api", networks: [10.0.0.0/40] } } }',
    '1:56: "10.0.0.0/40" is no range of addresses',
  ],
  [
    "a database's credential for an API",
    'targets: { b: { http: { url: "https://api" }, credential: { static: { user: a } } } }',
    '1:47: static and mint are for databases (give it headers, query, basic, oauth or certificate)',
  ],
  [
    'a place in answers without a pointer',
    'targets: { b: { http: { url: "https://api" } } }\nsensitive: { b: { GET /v1/x: email } }',
    '2:19: "GET /v1/x" names no place in answers (write a route and a JSON pointer: GET /v1/customers/{id}#/email)',
  ],
  [
    'a token endpoint in the open',
    'targets: { b: { http: { url: "http://api" }, credential: { oauth: { token_url: "http://idp/t", client_id: a, client_secret: "${env:B}" } } } }',
    '1:80: "http://idp/t" must be https',
  ],
  [
    'two that say who it is',
    'targets: { b: { http: { url: "http://api" }, credential: { basic: { user: a, password: "${env:B}" }, oauth: { token_url: "https://idp/t", client_id: a, client_secret: "${env:B}" } } } }',
    '1:102: oauth beside basic (a target has one of them)',
  ],
  [
    'a certificate where there is no TLS',
    'targets: { b: { http: { url: "http://api" }, credential: { certificate: { cert: a, key: b } } } }',
    '1:60: a certificate is shown over https alone',
  ],
  [
    'a parameter without a label',
    'targets: { b: { http: { url: "https://api" } } }\nsensitive: { b: { "/v1/x#?q": token } }',
    '2:31: a parameter of requests is where tokens come back (write { mask: token, label: what_it_is }, with the label of the place that gives the tokens out)',
  ],
  [
    'a parameter that its path has not',
    'targets: { b: { http: { url: "https://api" } } }\nsensitive: { b: { "/v1/x#{id}": { mask: token, label: id } } }',
    '2:19: /v1/x has no segment {id} (name one of its segments, or ?name)',
  ],
  [
    'a label of what has no tokens',
    'targets: { b: { http: { url: "https://api" } } }\nsensitive: { b: { "/v1/x#/id": { mask: email, label: id } } }',
    '2:19: sensitive.b./v1/x#/id must be one of redact, null, email, last4, hash, token',
  ],
  [
    'a route in a spelling that no request has',
    'targets: { b: { http: { url: "https://api" } } }\nsensitive: { b: { "/v1/%41#/id": hash } }',
    '2:19: "/v1/%41" is spelt otherwise in requests (there it is /v1/A)',
  ],
  [
    "a label on a database's column",
    `sensitive: { orders: { a.b.c: { mask: token, label: id } } }${base}`,
    '1:24: labels are for HTTP and MCP targets (name the mask alone: token)',
  ],
  [
    'a route that is none',
    'targets: { b: { http: { url: "https://api" } } }\nrules: [{ name: r, targets: [b], deny: [read], resources: ["/v1/{id}x"] }]',
    '2:60: "/v1/{id}x": "{id}x" is no {name}, which must be a whole segment (write GET /v1/customers/{id}, or /v1/*)',
  ],
  ['a number for text', 'data: 3', '1:7: data must be text'],
  [
    'a missing key',
    'targets:\n  o:\n    postgres: { host: a }\n    credential: { static: { user: a } }',
    '3:5: targets.o.postgres.database is missing (text)',
  ],
  ['a port too high', 'listen: { http: 65536 }', '1:17: listen.http: Too big: expected number to be <=65535'],
  [
    'an unknown choice',
    'journal: { durability: fsnyc }',
    '1:24: journal.durability must be one of write, fsync (did you mean "fsync"?)',
  ],
  [
    'an unknown mask',
    `sensitive: { orders: { public.u.e: emial } }${base}`,
    '1:36: sensitive.orders.public.u.e must be one of redact, null, email, last4, hash, token (did you mean "email"?)',
  ],
  [
    'an unknown detector',
    'detect: [{ find: [card], mask: redact }]',
    '1:19: no detector "card" is known (there are email, payment_card, iban, us_ssn, phone, private_key, aws_key, jwt)',
  ],
  [
    'a detector nearly known',
    `patterns: { staff: 'E\\d{6}' }\ndetect: [{ find: [staff, stuff], mask: redact }]`,
    '2:26: no detector "stuff" is known (did you mean "staff"?)',
  ],
  [
    'a pattern with capitals in its name',
    `patterns: { Staff: x }\ndetect: [{ find: [Staff], mask: redact }]`,
    '1:13: "Staff" cannot name a pattern (a-z, 0-9, _ and at most 63 of them)',
  ],
  [
    'a pattern named as a detector',
    `patterns: { email: x }\ndetect: [{ find: [email], mask: redact }]`,
    '1:13: "email" is a detector already (give the pattern another name)',
  ],
  [
    'a pattern that nothing looks for',
    'patterns: { staff: x }',
    '1:13: nothing looks for "staff" (name it in find of detect, or take it out)',
  ],
  [
    'a pattern with look-ahead',
    `patterns:\n  staff: 'EMP-(?=\\d)'\ndetect: [{ find: [staff], mask: redact }]`,
    '2:15: patterns.staff: invalid or unsupported Perl syntax: (?= (RE2 knows no look-around and no back references, for the sake of linear time)',
  ],
  [
    'a pattern that does not end',
    `patterns: { staff: 'EMP-[0-9' }\ndetect: [{ find: [staff], mask: redact }]`,
    '1:25: patterns.staff: missing closing ]: [0-9',
  ],
  [
    'a pattern that wants nothing',
    `patterns: { staff: 'x*' }\ndetect: [{ find: [staff], mask: redact }]`,
    '1:21: patterns.staff: matches where nothing stands (at least one character must be wanted)',
  ],
  [
    'a pattern that is too large',
    `patterns: { staff: '(x{10}){100}' }\ndetect: [{ find: [staff], mask: redact }]`,
    '1:21: patterns.staff: too large: 1202 steps, at most 256 (lower the counts in {…}, or name fewer alternatives)',
  ],
  [
    'a pattern that is too long',
    `patterns: { staff: '${'x'.repeat(1001)}' }\ndetect: [{ find: [staff], mask: redact }]`,
    '1:21: patterns.staff: longer than 1000 characters',
  ],
  ['the same port twice', 'listen: { postgres: 5, http: 5 }', '1:30: port 5 is taken by listen.postgres'],
  [
    'an issuer over http',
    'identity: { issuers: [{ issuer: "http://idp.test", audience: a, kind: human }] }',
    '1:33: "http://idp.test" must be https (http is for issuers on this machine)',
  ],
  [
    'an issuer that is no URL',
    'identity: { issuers: [{ issuer: sallyport, audience: a, kind: human }] }',
    '1:33: identity.issuers[0].issuer: must be a URL, exactly as tokens carry it in "iss"',
  ],
  [
    'a shared-secret algorithm',
    'identity: { issuers: [{ issuer: "https://a", audience: a, kind: human, algorithms: [HS256] }] }',
    '1:85: identity.issuers[0].algorithms[0] must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519 (did you mean "RS256"?)',
  ],
  [
    'an issuer twice',
    'identity: { issuers: [{ issuer: "https://a", audience: a, kind: human }, { issuer: "https://a", audience: b, kind: agent }] }',
    '1:84: issuer "https://a" stands here twice',
  ],
  [
    'a target named as the gateway',
    base.replace('orders:', 'sallyport:'),
    '5:3: "sallyport" is the gateway itself (give the target another name)',
  ],
  [
    'a target with a slash',
    base.replace('orders:', 'a/b:'),
    '5:3: "a/b" cannot name a target (letters, digits, _ . - and at most 63 of them)',
  ],
  [
    'a target without an address',
    'targets: { o: { credential: { static: { user: a } } } }',
    '1:12: target "o" has no address (give it postgres: { host, port, database }, http: { url }, mcp: { url } or aws: { regions })',
  ],
  [
    'no credential',
    'targets: { o: { postgres: { host: a, database: b }, credential: {} } }',
    '1:53: credential is empty (give it static or mint)',
  ],
  [
    'two credentials',
    'targets: { o: { postgres: { host: a, database: b }, credential: { static: { user: a }, mint: { admin: "${env:A}", member_of: [a] } } } }',
    '1:53: static and mint (a target has one credential)',
  ],
  [
    'a secret that is still to come',
    base.replace('env:PW', 'vault:kv/a#b'),
    '7:50: ${vault:…} is not built yet in this version (there are ${env:NAME} and ${file:PATH})',
  ],
  [
    'a secret of no kind',
    base.replace('env:PW', 'evn:PW'),
    '7:50: ${evn:…} is no kind of reference (there are ${env:NAME} and ${file:PATH})',
  ],
  [
    'a secret without a kind',
    base.replace('env:PW', 'PW'),
    '7:50: a reference is not closed or has no scheme (there are ${env:NAME} and ${file:PATH})',
  ],
  [
    'a reference elsewhere',
    'data: "${env:HOME}/x"',
    '1:7: a reference is resolved in credentials alone (write the value itself)',
  ],
  [
    'an MCP server without an address',
    'targets: { crm: { mcp: {} } }',
    '1:19: an MCP server has either url or command (write one of them)',
  ],
  [
    'an MCP server with two addresses',
    'targets: { crm: { mcp: { url: "https://crm.test/mcp", command: [crm] } } }',
    '1:19: an MCP server has either url or command (write one of them)',
  ],
  [
    'an environment of what is no program',
    'targets: { crm: { mcp: { url: "https://crm.test/mcp", env: { A: b } } } }',
    '1:55: env goes with command',
  ],
  [
    'secrets in the environment of what is no program',
    'targets: { crm: { mcp: { url: "https://crm.test/mcp" }, credential: { env: { A: "${env:A}" } } } }',
    '1:71: env goes with mcp.command',
  ],
  [
    'header fields for a program',
    'targets: { crm: { mcp: { command: [crm] }, credential: { headers: { a: "${env:A}" } } } }',
    '1:58: headers is not for programs (give it credential: { env: … })',
  ],
  [
    'a variable that is none',
    'targets: { crm: { mcp: { command: [crm] }, credential: { env: { a-b: "${env:A}" } } } }',
    '1:65: "a-b" cannot name a variable',
  ],
  [
    'a secret beside its place',
    'targets: { crm: { mcp: { command: [crm], env: { A: "${env:A}" } } } }',
    '1:52: a reference is resolved in credentials alone (write the value itself)',
  ],
  [
    'a place of no tool',
    'targets: { crm: { mcp: { command: [crm] } } }\nsensitive: { crm: { lookup#/email: hash } }',
    '2:21: "lookup#/email" names no place in answers (write a tool and a JSON pointer: tool:lookup#/email, or tool:refund#?customer for an argument)',
  ],
  [
    'an argument that is no place of tokens',
    'targets: { crm: { mcp: { command: [crm] } } }\nsensitive: { crm: { "tool:refund#?customer": hash } }',
    '2:46: a parameter of requests is where tokens come back (write { mask: token, label: what_it_is }, with the label of the place that gives the tokens out)',
  ],
  [
    'sensitive on no target',
    `sensitive: { ordres: { a.b.c: hash } }${base}`,
    '1:14: no target "ordres" is configured (did you mean "orders"?)',
  ],
  [
    'a sensitive table',
    `sensitive: { orders: { public.users: hash } }${base}`,
    '1:24: "public.users" names no column (write schema.table.column)',
  ],
  [
    'a sensitive pattern',
    `sensitive: { orders: { public.users.*: hash } }${base}`,
    '1:24: "public.users.*" is a pattern (name each sensitive column)',
  ],
  [
    'a sensitive column in capitals',
    `sensitive: { orders: { public.Users.mail: hash } }${base}`,
    '1:24: "Users" has capitals outside quotes, which PostgreSQL reads as users (write users or, if the name has capitals, "Users" in double quotes)',
  ],
  [
    'a sensitive column twice',
    `sensitive: { orders: { a.b.c: hash, 'a."b".c': redact } }${base}`,
    '1:37: a.b.c stands here twice',
  ],
  [
    'detect on no target',
    `detect: [{ find: [jwt], mask: redact, targets: [order] }]${base}`,
    '1:49: no target "order" is configured (did you mean "orders"?)',
  ],
  ['a rule without a name', rule('targets: ["*"]\ndeny: [read]'), '2:3: rules[0].name is missing (text)'],
  [
    'two rules of one name',
    rule(`${ok}deny: [read]`).replace(base, `\n- { name: r, targets: ["*"], deny: [read] }${base}`),
    '6:11: two rules are named "r"',
  ],
  [
    'a rule that does nothing',
    rule('name: r\ntargets: ["*"]'),
    '2:3: rule "r" does nothing (give it allow, hold, deny or reveal)',
  ],
  ['an empty list', rule(`${ok}allow: []`), '5:3: rules[0].allow must not be empty'],
  [
    'an empty list of targets',
    rule('name: r\ntargets: []\ndeny: [read]'),
    '3:3: rules[0].targets must not be empty',
  ],
  [
    'an unknown effect',
    rule(`${ok}allow: [raed]`),
    '5:11: "raed" is no kind of effect (did you mean "read"?)',
  ],
  [
    'an unknown effect like none',
    rule(`${ok}deny: ["*"]`),
    '5:10: "*" is no kind of effect (one of read, write, schema, access, execute, session, opaque)',
  ],
  [
    'no action',
    rule(`${ok}allow: [write.]`),
    '5:11: "" is no action (write write, or one action such as write.delete)',
  ],
  [
    'two actions',
    rule(`${ok}allow: [write.a.b]`),
    '5:11: "a.b" is no action (write write, or one action such as write.delete)',
  ],
  [
    'a hold without approvers',
    rule(`${ok}hold: [write]`),
    '5:3: nobody can approve what "r" holds (name groups or subjects)',
  ],
  [
    'approvers without anybody',
    rule(`${ok}hold: [write]\napprovers: { count: 2 }`),
    '6:3: nobody can approve what "r" holds (name groups or subjects)',
  ],
  [
    'fewer approvers than must agree',
    rule(`${ok}hold: [write]\napprovers: { subjects: [a, a], count: 2 }`),
    '6:41: fewer subjects than must agree in "r"',
  ],
  [
    'approvers without a hold',
    rule(`${ok}allow: [write]\napprovers: { groups: [a] }`),
    '6:3: approvers of "r" without hold',
  ],
  [
    'a run beforehand without a hold',
    rule(`${ok}allow: [write]\npreview: run`),
    '6:3: preview of "r" without hold',
  ],
  [
    'a time for a run that nobody wants',
    rule(`${ok}hold: [write]\napprovers: { groups: [a] }\npreview_for: 1s`),
    '7:3: preview_for of "r" without preview',
  ],
  [
    'a run that keeps rows locked for long',
    rule(`${ok}hold: [write]\napprovers: { groups: [a] }\npreview: run\npreview_for: 6m`),
    '8:16: "r" would lock rows for longer than 5m (approved later, it runs anew)',
  ],
  [
    'a dormant rule that nobody can wake',
    rule(`${ok}allow: [read]\non_request: { for: 1h }`),
    '6:3: nobody can wake "r" (name groups or subjects)',
  ],
  [
    'a dormant rule whose approvers are nobody',
    rule(`${ok}allow: [read]\non_request: { for: 1h, approvers: { count: 2 } }`),
    '6:26: nobody can wake "r" (name groups or subjects)',
  ],
  [
    'fewer wakers than must agree',
    rule(`${ok}allow: [read]\non_request: { for: 1h, approvers: { subjects: [a], count: 2 } }`),
    '6:61: fewer subjects than must agree in "r"',
  ],
  [
    'a dormant rule without an end',
    rule(`${ok}allow: [read]\non_request: { approvers: { groups: [a] } }`),
    '6:3: rules[0].on_request.for is missing (a duration such as 500ms, 30s, 10m, 1h or 7d)',
  ],
  [
    'a break glass with approvers',
    rule(`${ok}allow: [read]\non_request: { for: 1h, self: true, approvers: { groups: [a] } }`),
    '6:26: "r" is woken by whoever asks, or by approvers (leave one of self and approvers out)',
  ],
  [
    'a grant that stands until a time',
    rule(`${ok}allow: [read]\non_request: { for: 1h, approvers: { groups: [a], until: 1h } }`),
    '6:52: unknown key rules[0].on_request.approvers.until',
  ],
  [
    'a channel that is none',
    rule(`${ok}allow: [read]\non_request: { for: 1h, self: true, notify: [securty] }`),
    '6:47: no channel "securty" is configured (channels are named under notify)',
  ],
  [
    'a budget of nothing',
    `budgets: [{ targets: ["*"], per: day }]${base}`,
    '1:11: this budget limits nothing (give it rows, commands or bytes)',
  ],
  [
    'hosts to pass through, and nobody said for whom',
    `passthrough: [pypi.org]${base}`,
    '1:15: passthrough[0] must be a map of keys',
  ],
  [
    'hosts to pass through for an empty who',
    `passthrough: [{ who: {}, hosts: [pypi.org] }]${base}`,
    '1:17: who is empty (write any: true for everybody)',
  ],
  [
    'hosts to pass through for nobody',
    `passthrough: [{ who: { kind: agent, not: { any: true } }, hosts: [pypi.org] }]${base}`,
    '1:17: these hosts are open to nobody',
  ],
  [
    'a budget of nobody',
    `budgets: [{ who: { kind: agent, not: { any: true } }, targets: ["*"], per: day, rows: 1 }]${base}`,
    '1:13: this budget is nobody’s',
  ],
  [
    'a budget on a target that is none',
    `budgets: [{ targets: [ordres], per: day, rows: 1 }]${base}`,
    '1:23: no target "ordres" is configured (did you mean "orders"?)',
  ],
  [
    'a budget on the gateway alone',
    `budgets: [{ targets: [sallyport], per: day, rows: 1 }]${base}`,
    '1:13: what is done with the gateway itself is not counted',
  ],
  [
    'two budgets of one name',
    `budgets: [{ name: a, targets: ["*"], per: day, rows: 1 }, { name: a, targets: ["*"], per: day, rows: 1 }]${base}`,
    '1:67: two budgets are named "a"',
  ],
  [
    'a budget per grant where nothing is granted',
    `budgets: [{ targets: ["*"], per: grant, rows: 1 }]${base}`,
    '1:34: there are no grants to count in (no rule has on_request)',
  ],
  [
    'a budget per week',
    `budgets: [{ targets: ["*"], per: week, rows: 1 }]${base}`,
    '1:34: budgets[0].per must be one of session, grant, day',
  ],
  [
    'a dormant rule that denies',
    rule(`${ok}deny: [read]\non_request: { for: 1h, approvers: { groups: [a] } }`),
    '5:3: "r" would deny only to whom it was granted (what denies cannot sleep: put it into a rule without on_request)',
  ],
  [
    'a wait that is no duration',
    rule(`${ok}hold: [write]\napprovers: { groups: [a] }\nwait: 2 min`),
    '7:9: rules[0].wait: must be a duration such as 500ms, 30s, 10m, 1h or 7d',
  ],
  [
    'a number for a duration',
    rule(`${ok}allow: [read]\nlimits: { statement: 30 }`),
    '6:24: rules[0].limits.statement must be a duration such as 500ms, 30s, 10m, 1h or 7d',
  ],
  [
    'a wait too long for a timer',
    rule(`${ok}hold: [write]\napprovers: { groups: [a] }\nwait: 25d`),
    '7:9: rules[0].wait: must be under 25 days',
  ],
  [
    'limits of a denial',
    rule(`${ok}deny: [read]\nlimits: { rows: 1 }`),
    '6:3: limits of "r" limit nothing (they go with allow or hold)',
  ],
  [
    'an allow without who',
    rule('name: r\ntargets: ["*"]\nallow: [read]'),
    '2:3: rule "r" allows or reveals without saying to whom (add who: { any: true } if to everybody)',
  ],
  [
    'a reveal without who',
    rule('name: r\ntargets: ["*"]\nreveal: ["*"]'),
    '2:3: rule "r" allows or reveals without saying to whom (add who: { any: true } if to everybody)',
  ],
  [
    'an empty who',
    rule('name: r\nwho: {}\ntargets: ["*"]\ndeny: [read]'),
    '3:3: who is empty (write any: true for everybody)',
  ],
  [
    'an empty not',
    rule('name: r\nwho: { kind: agent, not: {} }\ntargets: ["*"]\nallow: [read]'),
    '3:23: who is empty (write any: true for everybody)',
  ],
  [
    'any beside others',
    rule('name: r\nwho: { any: true, kind: agent }\ntargets: ["*"]\nallow: [read]'),
    '3:10: any: true beside other parts (everybody is everybody: leave one out)',
  ],
  [
    'a who that is nobody by kind',
    rule('name: r\nwho: { kind: agent, not: { kind: agent } }\ntargets: ["*"]\nallow: [read]'),
    '3:3: rule "r" can never match: nobody is left',
  ],
  [
    'a who that is nobody by group',
    rule('name: r\nwho: { groups: [a], not: { groups: [b, a] } }\ntargets: ["*"]\nallow: [read]'),
    '3:3: rule "r" can never match: nobody is left',
  ],
  [
    'not anybody',
    rule('name: r\nwho: { not: { any: true } }\ntargets: ["*"]\nallow: [read]'),
    '3:3: rule "r" can never match: nobody is left',
  ],
  [
    'an issuer that is none',
    rule('name: r\nwho: { issuer: "https://x" }\ntargets: ["*"]\nallow: [read]'),
    '3:18: no issuer "https://x" is configured',
  ],
  [
    'a rule on no target',
    rule(`name: r\ntargets: [order]\ndeny: [read]`),
    '3:13: no target "order" is configured (did you mean "orders"?)',
  ],
  [
    'a rule on a glob of no target',
    rule(`name: r\ntargets: [bill*]\ndeny: [read]`),
    '3:13: no target "bill*" is configured',
  ],
  [
    'a rule on labels of no target',
    rule(`name: r\ntargets: { labels: { env: prd } }\ndeny: [read]`),
    '3:14: no target has the labels env: prd',
  ],
  [
    'a rule on no labels',
    rule(`name: r\ntargets: { labels: {} }\ndeny: [read]`),
    '3:14: labels are empty (write ["*"] for all targets)',
  ],
  [
    'targets of another shape',
    rule(`name: r\ntargets: orders\ndeny: [read]`),
    '3:12: rules[0].targets must be a list of names, or labels: {…}',
  ],
  [
    'a resource in capitals',
    rule(`${ok}allow: [read]\nresources: [public.Users]`),
    '6:15: "Users" has capitals outside quotes, which PostgreSQL reads as users (write users or, if the name has capitals, "Users" in double quotes)',
  ],
  [
    'a resource with half a quote',
    rule(`${ok}allow: [read]\nresources: ['public."a']`),
    '6:15: "public."a" has a quote that does not end (close it)',
  ],
  [
    'a condition that is none',
    rule(`${ok}allow: [read]\nwhen: 1 +`),
    '6:12: condition: Unexpected token: EOF',
  ],
  [
    'a condition over nothing known',
    rule(`${ok}allow: [read]\nwhen: 'true && comand.unbounded'`),
    '6:18: condition: Unknown variable: comand (did you mean "command"?)',
  ],
  [
    'a condition that is no bool',
    rule(`${ok}allow: [read]\nwhen: command.text`),
    '6:9: condition: gives string, not bool',
  ],
  [
    'a condition in a block',
    rule(`${ok}allow: [read]\nwhen: |\n  true &&\n  nope`),
    '6:9: condition: Unknown variable: nope (there are identity, target, command, session, now)',
  ],
];

describe('what is refused, and where', () => {
  for (const [title, text, error] of refusals) {
    test(title, () => assert.equal(errorsOf(text)[0], error));
  }

  test('all errors at once, in the order of the file', () => {
    const lines = errorsOf('b: 1\ndata: 3\na: 1').map((error) => error.split(':', 1)[0]);
    assert.deepEqual(lines, ['1', '2', '3']);
  });

  test('an anchor is followed to where the value stands', () => {
    assert.equal(errorsOf('data: &x 3\njournal: { durability: *x }').length, 2);
  });
});

describe('hostile text', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [i, name] of [...'bcdefghi'].entries()) {
    const inner = `*${'abcdefgh'[i] ?? ''}`;
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]`);
  }
  const texts: readonly [title: string, text: string][] = [
    ['anchors that grow', bomb.join('\n')],
    ['nesting deeper than the stack', '['.repeat(200_000)],
    ['a megabyte', `data: ${'x'.repeat(1_100_000)}`],
    ['a NUL', 'data: "\0"\nx: 1'],
    ['a key that every object has', '__proto__: { polluted: true }'],
  ];
  for (const [title, text] of texts) {
    test(`${title} is refused`, () => {
      assert.ok(errorsOf(text).length > 0);
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    });
  }
});

describe('what is taken', () => {
  test('nothing: everything is off and nobody may do anything', () => {
    const config = parse('');
    assert.deepEqual(config.listen, { host: '127.0.0.1' });
    assert.equal(config.data, '/etc/sallyport/data');
    assert.deepEqual(config.journal, { durability: 'write', record: { rows: 20, bytes: 65_536 } });
    assert.deepEqual(config.identity, { issuers: [], local: false });
    assert.deepEqual([config.targets.size, config.rules.length], [0, 0]);
    assert.deepEqual(
      config.warnings.map(({ message }) => message),
      ['nothing is listened on', 'nobody can log in'],
    );
  });

  test('a target, with names as PostgreSQL would quote them', () => {
    const config = parse(`
sensitive:
  orders: { public.user.email: email, 'public."users".phone': null, 'public."Odd ""Case".x': token }
detect:
  - { find: [jwt], mask: "null", targets: ["ord*"] }
  - { find: [iban, staff], mask: hash }
patterns: { staff: 'EMP-\\d{6}' }
${base.replace('database: orders', 'database: orders, ca: ca.pem')}`);
    assert.deepEqual(config.targets.get('orders'), {
      name: 'orders',
      protocol: 'postgres',
      address: {
        host: 'db',
        port: 5432,
        database: 'orders',
        tls: 'verify-full',
        caFile: '/etc/sallyport/ca.pem',
      },
      credential: { kind: 'static', user: 'app', password: '${env:PW}' },
      labels: { env: 'prod' },
      sensitive: new Map([
        ['public."user".email', 'email'],
        ['public.users.phone', 'null'],
        ['public."Odd ""Case".x', 'token'],
      ]),
      detect: [
        { find: ['jwt'], mask: 'null' },
        { find: ['iban', { name: 'staff', pattern: 'EMP-\\d{6}' }], mask: 'hash' },
      ],
    });
    assert.deepEqual(config.warnings, []);
  });

  test('a rule with everything', () => {
    const config = parse(`
rules:
  - name: everything
    who: { groups: [a], kind: agent, issuer: sallyport, claims: { team: pay }, not: { subjects: [b] } }
    targets: { labels: { env: prod } }
    allow: [read, write.insert]
    hold: [write]
    deny: [opaque]
    reveal: [public.user.*]
    resources: ['public.*', public.order]
    when: command.unbounded
    because: why
    approvers: { groups: [dba], subjects: [ann], count: 2 }
    wait: 90s
    valid: 1h
    preview: run
    preview_for: 20s
    limits: { rows: 5, statement: 500ms, idle: 10m, session: 1d }
${base}`);
    assert.deepEqual(config.rules, [
      {
        name: 'everything',
        who: {
          groups: ['a'],
          kind: 'agent',
          issuer: 'sallyport',
          claims: { team: 'pay' },
          not: { subjects: ['b'] },
        },
        targets: { labels: { env: 'prod' } },
        allow: [{ kind: 'read' }, { kind: 'write', action: 'insert' }],
        hold: [{ kind: 'write' }],
        deny: [{ kind: 'opaque' }],
        reveal: ['public."user".*'],
        resources: ['public.*', 'public."order"'],
        when: 'command.unbounded',
        because: 'why',
        approvers: { groups: ['dba'], subjects: ['ann'], count: 2 },
        waitMs: 90_000,
        validMs: 3_600_000,
        previewMs: 20_000,
        limits: { rows: 5, statementMs: 500, idleMs: 600_000, sessionMs: 86_400_000 },
      },
    ]);
  });

  test('an issuer with everything', () => {
    const config = parse(`
identity:
  issuers:
    - issuer: http://127.0.0.1:9000
      audience: sallyport
      kind: human
      claims: { subject: email, groups: /realm/roles }
      groups: [staff]
      jwks_uri: https://idp.test/keys
      algorithms: [ES256]
      authorized_parties: [console]
      id_tokens: true
`);
    assert.deepEqual(config.identity.issuers, [
      {
        issuer: 'http://127.0.0.1:9000',
        audience: 'sallyport',
        kind: 'human',
        claims: { subject: 'email', groups: '/realm/roles' },
        groups: ['staff'],
        jwksUri: 'https://idp.test/keys',
        algorithms: ['ES256'],
        authorizedParties: ['console'],
        idTokens: true,
      },
    ]);
  });

  test('detectors for all targets, even if there are none yet', () => {
    assert.deepEqual(errorsOf('detect: [{ find: [jwt], mask: redact }]'), []);
  });

  test('dormant rules, approvals until a time, and budgets', () => {
    const held = 'hold: [write]\napprovers: { groups: [dba], until: 8h }';
    const asleep = 'on_request: { approvers: { groups: [lead], count: 2 }, for: 90m }';
    const { rules, budgets } = parse(
      `budgets: [{ targets: ["*"], per: grant, rows: 5 }]\n${rule(`${ok}${held}\n${asleep}`)}`,
    );
    assert.partialDeepStrictEqual(rules[0], {
      approvers: { groups: ['dba'], count: 1, untilMs: 28_800_000 },
      onRequest: { approvers: { groups: ['lead'], count: 2 }, forMs: 5_400_000, notify: [] },
    });
    assert.deepEqual(budgets, [
      { name: 'budgets[0]', who: {}, targets: { names: ['*'] }, per: 'grant', limits: { rows: 5 } },
    ]);
  });

  test('a unix socket needs no TLS', () => {
    const config = parse(base.replace('host: db', 'host: /run/postgresql'));
    assert.partialDeepStrictEqual(config.targets.get('orders')?.address, { tls: 'disable' });
  });

  test('a digest of the text', () => {
    assert.notEqual(parse(base).digest, parse(`${base}#`).digest);
    assert.match(parse(base).digest, /^[0-9a-f]{64}$/);
  });
});

describe('warnings', () => {
  const rows: readonly [title: string, text: string, warnings: readonly string[]][] = [
    [
      'a plain password',
      base.replace('${env:PW}', 'hunter2'),
      ['7:50: a secret stands plainly in this file'],
    ],
    ['no secret', base, []],
    [
      'an admin URL with a password',
      base.replace(/static: .*/, 'mint: { admin: "postgres://a:hunter2@db/x", member_of: [a] } }'),
      ['7:34: a secret stands plainly in this file'],
    ],
    [
      'an admin URL without',
      base.replace(/static: .*/, 'mint: { admin: "postgres:///x?host=/run/postgresql", member_of: [a] } }'),
      [],
    ],
    [
      'a break glass that nobody hears of',
      rule(`${ok}allow: [read]\non_request: { for: 1h, self: true }`),
      ['6:3: nobody is told when somebody wakes "r" alone'],
    ],
    ['a JSON pointer', `sensitive: { orders: { 'public.e.p#/user/phone': token } }${base}`, []],
  ];
  for (const [title, text, warnings] of rows) {
    test(title, () => {
      const found = parse(text).warnings;
      assert.deepEqual(
        found.map(({ line, column, message }) => `${line}:${column}: ${message}`),
        warnings,
      );
      assert.doesNotMatch(JSON.stringify(found), /hunter2/);
    });
  }
});

describe('files', () => {
  test('the example parses without a warning', async () => {
    const config = await loadConfig(join(import.meta.dirname, '../../examples/sallyport.yaml'));
    assert.deepEqual(config.warnings, []);
    assert.equal(config.rules.length, 6);
  });

  test('a file that is not there', async () => {
    const missing = join(tmpdir(), 'no', 'such', 'sallyport.yaml');
    await assert.rejects(loadConfig(missing), (error) => {
      assert.ok(error instanceof ConfigRefused);
      assert.equal(error.message, `${missing}:1:1: there is no such file`);
      return error.unreadable;
    });
  });

  test('a bad file is refused with all its errors', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-config-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'sallyport.yaml');
    await writeFile(file, 'a: 1\nb: 2\n');
    await assert.rejects(loadConfig(file), (error) => {
      assert.ok(error instanceof ConfigRefused);
      assert.equal(error.message, `${file}:1:1: unknown key a\n${file}:2:1: unknown key b`);
      return !error.unreadable;
    });
  });
});
