import { z } from 'zod';
import { budgetPeriods } from '../core/budget.ts';
import { effectKinds } from '../core/effect.ts';
import { asymmetricAlgorithms } from '../core/issuer.ts';
import { samlSigned } from '../core/login.ts';
import { maskNames } from '../core/mask.ts';
import { passthroughPattern } from '../core/passthrough.ts';
import { detectorNames, toolAcceptances } from '../core/target.ts';
import { durationMsMax, durationPattern, parseDuration } from './duration.ts';
import { notify, sinks } from './outside-schema.ts';

const text = z.string().min(1);
const texts = z.array(text).min(1);

const durationWords = 'a duration such as 500ms, 30s, 10m, 1h or 7d';
const duration = z
  .string(durationWords)
  .regex(durationPattern, `must be ${durationWords}`)
  .refine((value) => (parseDuration(value) ?? 0) <= durationMsMax, 'must be under 25 days');

const port = z.int().min(0).max(65_535);

const listen = z
  .strictObject({
    host: text
      .default('127.0.0.1')
      .describe('Address to listen on. TLS is required of clients that are not on this machine.'),
    postgres: port.exactOptional().describe('Port for PostgreSQL clients; absent: off, 0: any free one.'),
    http: port.exactOptional().describe('Port for the API; absent: off, 0: any free one.'),
    targets: port.exactOptional().describe('Port for clients of HTTP targets; absent: off, 0: any free one.'),
    proxy: port
      .exactOptional()
      .describe('Port of the forward proxy for HTTP targets; absent: off, 0: any free one.'),
    url: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .refine(
        (url) => URL.parse(url)?.origin === url.replace(/\/$/, ''),
        'must be scheme, host and port alone',
      )
      .exactOptional()
      .describe('Address at which people reach the http port. Absent: https, host and port as above.'),
    tls: z
      .strictObject({
        cert: text.describe('PEM file, leaf first.'),
        key: text.describe('PEM file.'),
      })
      .exactOptional()
      .describe('Certificate shown to clients. Absent: one of a CA of its own, made in the data folder.'),
  })
  .describe('Where clients connect.');

const journal = z
  .strictObject({
    durability: z
      .enum(['write', 'fsync'])
      .default('write')
      .describe('write: the record survives a kill of the process; fsync: a loss of power.'),
    record: z
      .strictObject({
        rows: z.int().min(0).max(10_000).default(20).describe('First rows of each result.'),
        bytes: z.int().min(0).max(16_777_216).default(65_536).describe('And no more than these bytes.'),
      })
      .prefault({})
      .describe('How much of each result is recorded, as the client saw it.'),
    keep: z
      .string(durationWords)
      .regex(durationPattern, `must be ${durationWords}`)
      .exactOptional()
      .describe('Older files of the journal are dropped, on record. Absent: all is kept.'),
  })
  .describe('The append-only record.');

const issuer = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: 'must be a URL, exactly as tokens carry it in "iss"' })
    .describe('Exactly as tokens carry it in "iss". https, or http on this machine.'),
  audience: text.describe('What "aud" of a token must contain.'),
  kind: z.enum(['agent', 'human']).describe('What its subjects are.'),
  claims: z
    .strictObject({
      subject: text
        .exactOptional()
        .describe('Claim that names the subject; default sub. A JSON pointer where it begins with /.'),
      groups: text
        .exactOptional()
        .describe('Claim that lists groups; default groups. A JSON pointer where it begins with /.'),
    })
    .exactOptional()
    .describe('Which claim holds what.'),
  groups: texts.exactOptional().describe('Groups that all its subjects have, beside those of the claim.'),
  jwks_uri: z
    .url({ protocol: /^https?$/, error: 'must be a URL' })
    .exactOptional()
    .describe('Where its keys are; absent: found by OpenID Connect discovery.'),
  algorithms: z
    .array(z.enum(asymmetricAlgorithms))
    .min(1)
    .exactOptional()
    .describe('Signatures taken; absent: all of these.'),
  authorized_parties: texts.exactOptional().describe('Clients ("azp") that a token may have been made for.'),
  id_tokens: z
    .boolean()
    .exactOptional()
    .describe('Takes ID tokens too: right where audience is the client id of whoever logs in.'),
});

const claims = z
  .strictObject({
    subject: text
      .exactOptional()
      .describe('What names the subject. OIDC: default sub. SAML: default NameID.'),
    groups: text.exactOptional().describe('What lists groups; default groups.'),
  })
  .exactOptional()
  .describe('Which claim or attribute holds what.');

const signedInGroups = texts
  .exactOptional()
  .describe('Groups that all who sign in have, beside those of the claim.');

const login = z
  .strictObject({
    oidc: z
      .strictObject({
        issuer: z
          .url({ protocol: /^https?$/, error: 'must be a URL, exactly as the provider calls itself' })
          .describe('The OpenID Connect provider. https, or http on this machine.'),
        client_id: text.describe('What the provider knows the gateway by.'),
        client_secret: text
          .exactOptional()
          .describe('References: ${env:NAME}, ${file:PATH}. Absent: a public client.'),
        scopes: texts.default(['openid', 'profile', 'email']).describe('Asked of the provider.'),
        kind: z.enum(['agent', 'human']).default('human').describe('What those who sign in are.'),
        claims,
        groups: signedInGroups,
      })
      .exactOptional()
      .describe('OpenID Connect: authorization code with PKCE.'),
    saml: z
      .strictObject({
        entry_point: z
          .url({ protocol: /^https?$/, error: 'must be a URL' })
          .describe('Where the provider takes requests by redirect. https, or http on this machine.'),
        idp_issuer: text.describe("The provider's entity id."),
        idp_cert: text.describe("PEM file: the provider's certificate, or several while it changes."),
        audience: text.describe("The gateway's entity id."),
        callback: z
          .url({ protocol: /^https?$/, error: 'must be a URL' })
          .exactOptional()
          .describe('Where answers come to. Absent: listen.url and /login/saml.'),
        signed: z
          .enum(samlSigned)
          .default('assertion')
          .describe('What the provider must have signed: the assertion, the response around it, or both.'),
        decryption_key: text
          .exactOptional()
          .describe(
            'PEM of an RSA key by which encrypted assertions are read: ${file:PATH}. Absent: none are taken.',
          ),
        decryption_cert: text
          .exactOptional()
          .describe('PEM file: the certificate of that key, for the metadata.'),
        kind: z.enum(['agent', 'human']).default('human').describe('What those who sign in are.'),
        claims,
        groups: signedInGroups,
      })
      .exactOptional()
      .describe('SAML 2.0: request by redirect, answer by POST.'),
    idle: duration.exactOptional().describe('Time a login may rest. Default 1h.'),
    lifetime: duration.exactOptional().describe('Time a login lasts at most. Default 12h.'),
  })
  .describe('How people sign in with a browser: oidc or saml.');

const identity = z
  .strictObject({
    issuers: z
      .array(issuer)
      .default([])
      .describe('Anything that signs a JWT: IdP, Kubernetes, CI, cloud, SPIFFE.'),
    local: z.boolean().default(false).describe("The gateway's own issuer: sallyport token issue."),
    login: login.exactOptional(),
  })
  .describe('Whose proofs of identity are taken.');

const postgres = z
  .strictObject({
    host: text.describe('Host name, address, or folder of a unix socket (begins with /).'),
    port: z.int().min(1).max(65_535).default(5432),
    database: text,
    tls: z
      .enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])
      .exactOptional()
      .describe("libpq's sslmode. Default verify-full; disable for a unix socket."),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
  })
  .describe('A PostgreSQL database.');

const network = z
  .string()
  .regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, 'must be a range of addresses such as 10.0.0.0/8');

const http = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be a URL that begins with https:// or http://' })
      .describe('Scheme, host, port and the path that all requests begin with.'),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
    networks: z
      .array(network)
      .default([])
      .describe('Ranges that its name may resolve to, beside public addresses: 10.0.0.0/8.'),
    openapi: text
      .exactOptional()
      .describe(
        'OpenAPI file beside this one: its operations and schemas can be named as op:… and schema:….',
      ),
    graphql: z
      .strictObject({
        path: z
          .string()
          .regex(/^\/[^?#\s]*$/, 'must be a path such as /graphql')
          .describe('Where it is asked.'),
        schema: text
          .exactOptional()
          .describe('Schema in SDL beside this file, so that types can be named: gql:Customer.email.'),
      })
      .exactOptional()
      .describe('It has a GraphQL API, whose operations and fields are looked into.'),
    http2: z
      .boolean()
      .default(false)
      .describe('It speaks HTTP/2 without TLS. With https, the handshake says whether it does.'),
  })
  .describe('An HTTP API.');

const mcp = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'must be a URL that begins with https:// or http://' })
      .exactOptional()
      .describe('Endpoint of a server that speaks Streamable HTTP.'),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
    networks: z
      .array(network)
      .default([])
      .describe('Ranges that its name may resolve to, beside public addresses: 10.0.0.0/8.'),
    command: texts
      .exactOptional()
      .describe(
        'Program and arguments of a server that the gateway starts, one for each session of a client.',
      ),
    env: z
      .record(text, text)
      .default({})
      .describe('Environment of the program; its secrets are in credential.env.'),
    folder: text.exactOptional().describe('Where the program runs. Absent: the folder of this file.'),
    accept: z
      .enum(toolAcceptances)
      .default('first-list')
      .describe(
        'first-list: tools in the first list seen of it may be called; by-hand: none before sallyport mcp accept.',
      ),
  })
  .describe('An MCP server: url or command.');

const aws = z
  .strictObject({
    regions: z
      .array(z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'must be a region such as us-east-1'))
      .min(1)
      .describe('Regions that may be asked; services without regions are in them all.'),
    account: z
      .string('must be twelve digits, in quotes')
      .regex(/^\d{12}$/, 'must be twelve digits')
      .exactOptional()
      .describe('Whose resources names stand for. Absent: that of assume_role.'),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'must be a URL that begins with https:// or http://' })
      .exactOptional()
      .describe('One server in place of all endpoints of AWS: MinIO, LocalStack, a test.'),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
    networks: z
      .array(network)
      .default([])
      .describe('Ranges that names may resolve to, beside public addresses: those of VPC endpoints.'),
  })
  .describe('AWS, or what speaks like it.');

const awsKeys = z.strictObject({
  access_key_id: text.describe('Text or references: ${env:NAME}, ${file:PATH}.'),
  secret_access_key: text.describe('With references: ${env:NAME}, ${file:PATH}.'),
  session_token: text.exactOptional().describe('With references.'),
});

const secrets = z.record(text, text);

const credential = z
  .strictObject({
    static: z
      .strictObject({
        user: text.describe('Text or references: ${env:NAME}, ${file:PATH}.'),
        password: text
          .exactOptional()
          .describe('References: ${env:NAME}, ${file:PATH}. Absent: the server trusts the connection.'),
      })
      .exactOptional()
      .describe('One user for all sessions.'),
    mint: z
      .strictObject({
        admin: text.describe(
          'URL of a role that may create roles, as references: ${env:NAME}, ${file:PATH}.',
        ),
        member_of: texts.describe('Roles that each minted role is a member of.'),
      })
      .exactOptional()
      .describe('A role per session, dropped at its end.'),
    headers: secrets.exactOptional().describe('HTTP: added to every request, with references.'),
    query: secrets.exactOptional().describe('HTTP: parameters added to every request, with references.'),
    basic: z
      .strictObject({ user: text, password: text })
      .exactOptional()
      .describe('HTTP: Basic authentication, with references.'),
    oauth: z
      .strictObject({
        token_url: z.url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' }),
        client_id: text,
        client_secret: text.describe('With references: ${env:NAME}, ${file:PATH}.'),
        scope: text.exactOptional(),
        audience: text.exactOptional(),
        client_auth: z
          .enum(['basic', 'post'])
          .default('basic')
          .describe('How the client says who it is: in the header, or in the body.'),
      })
      .exactOptional()
      .describe('HTTP: an access token by client credentials (OAuth), fetched and renewed.'),
    certificate: z
      .strictObject({ cert: text.describe('PEM file.'), key: text.describe('PEM file.') })
      .exactOptional()
      .describe('HTTP: the certificate by which the gateway says who it is (mTLS).'),
    env: secrets.exactOptional().describe('MCP: added to the environment of the program, with references.'),
    keys: awsKeys.exactOptional().describe('AWS: keys for all sessions.'),
    assume_role: z
      .string()
      .regex(/^arn:aws(?:-[a-z-]+)?:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of a role')
      .exactOptional()
      .describe('AWS: a role assumed for each session, for what it asks and no more.'),
    from: awsKeys.exactOptional().describe('AWS: the keys that may assume it.'),
    external_id: text.exactOptional().describe('AWS: what the role wants to be told, with references.'),
  })
  .describe(
    'How the gateway logs in upstream: static or mint; for HTTP and MCP headers, query, basic, oauth and certificate; env for programs; for AWS keys or assume_role.',
  );

const target = z.strictObject({
  postgres: postgres.exactOptional(),
  http: http.exactOptional(),
  mcp: mcp.exactOptional(),
  aws: aws.exactOptional(),
  credential: credential.prefault({}),
  uninspected: z
    .enum(['refuse', 'pass'])
    .exactOptional()
    .describe(
      'HTTP, MCP and AWS: what becomes of answers that nothing can look into. Default refuse where something is sensitive, else pass.',
    ),
  labels: z.record(text, text).default({}).describe('For rules that name targets by label.'),
});

/** The mask `null` may be written without quotes, which YAML reads as no value at all. */
const mask = z.enum(maskNames).nullable();

const labelled = z
  .strictObject({
    mask: z.enum(['token', 'hash']),
    label: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be small letters, digits and _')
      .describe('What the values are: the same ones have the same tokens wherever the label stands.'),
  })
  .describe('HTTP: a mask whose tokens are the same in several places.');

const sensitive = z
  .record(
    text,
    z.record(
      text,
      z.union([mask, labelled], { error: `must be ${maskNames.join(', ')}, or for HTTP { mask, label }` }),
    ),
  )
  .describe(
    'Per target: what must not leave in clear (schema.table.column, for HTTP a route and a JSON pointer, for MCP a tool and one) and its mask.',
  );

const patterns = z
  .record(text, text.describe('A regular expression as RE2 takes them: no look-around, no back references.'))
  .describe('Detectors of your own, by name, for find in detect.');

const detection = z.strictObject({
  find: z
    .array(z.union([z.enum(detectorNames), text], { error: 'must be the name of a detector' }))
    .min(1)
    .describe('Detectors, or names of patterns.'),
  mask,
  targets: texts.default(['*']).describe('Names of targets; * stands for any characters.'),
});

const effect = z.string().describe(`A kind (${effectKinds.join(', ')}) or one action of it: write.delete.`);
const effects = z.array(effect).min(1);

const who = z
  .strictObject({
    subjects: texts.exactOptional().describe('Exact subjects.'),
    groups: texts.exactOptional().describe('Any of these groups.'),
    kind: z.enum(['agent', 'human']).exactOptional(),
    issuer: text.exactOptional().describe("An issuer's URL, or sallyport for the gateway's own."),
    claims: z
      .record(text, z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .exactOptional()
      .describe('Claims and the value each must equal or, being a list, hold.'),
    any: z.literal(true).exactOptional().describe('Everybody.'),
    get not() {
      return who.optional().describe('Everybody but these.');
    },
  })
  .describe('Whom a rule is about. Every part that is given must match.');

const approvers = z.strictObject({
  groups: texts.exactOptional(),
  subjects: texts.exactOptional(),
  count: z.int().min(1).max(100).default(1).describe('How many different people must agree.'),
});

const onRequest = z
  .strictObject({
    approvers: approvers.exactOptional().describe('Who wakes it.'),
    self: z
      .literal(true)
      .exactOptional()
      .describe('Whoever asks wakes it alone (break glass), instead of approvers.'),
    for: duration.describe('How long a grant lasts at the longest.'),
    notify: texts.exactOptional().describe('Channels that are told, of notify.'),
  })
  .describe('Makes the rule dormant: it counts only for whom a request for it was granted, for a while.');

const targetPattern = z
  .union([texts, z.strictObject({ labels: z.record(text, text) })], {
    error: 'must be a list of names, or labels: {…}',
  })
  .describe('Names (* stands for any characters) or labels. The gateway itself is the target sallyport.');

const rule = z.strictObject({
  name: text.describe('Shown in refusals and in the record.'),
  who: who
    .exactOptional()
    .describe('Absent: everybody. A rule that allows or reveals must say so: any: true.'),
  targets: targetPattern,
  allow: effects.exactOptional(),
  hold: effects.exactOptional(),
  deny: effects.exactOptional(),
  reveal: texts.exactOptional().describe('Sensitive columns shown in clear: globs.'),
  resources: texts.exactOptional().describe('Globs over what effects are on; absent: any.'),
  when: text.exactOptional().describe('CEL over identity, target, command, session, now.'),
  because: text.exactOptional().describe('Told to whom it refuses.'),
  approvers: approvers
    .extend({
      until: duration
        .exactOptional()
        .describe('For how long they may agree to the very same command, any number of times. Absent: once.'),
    })
    .exactOptional()
    .describe('Who decides on what is held.'),
  wait: duration
    .exactOptional()
    .describe('How long the connection of a held command is kept open. Default 2m.'),
  valid: duration.exactOptional().describe('How long a later approval can still be used, once. Default 15m.'),
  preview: z
    .enum(['run'])
    .exactOptional()
    .describe(
      'run: a held INSERT, UPDATE, DELETE or MERGE is run before it is approved, and committed or undone by the decision. Absent: it is not.',
    ),
  preview_for: duration
    .exactOptional()
    .describe('How long such a run is kept, with its locks, at the most. Default 30s; up to 5m.'),
  limits: z
    .strictObject({
      rows: z.int().min(1).exactOptional().describe('Rows one command may return.'),
      statement: duration.exactOptional().describe('Time one command may take.'),
      idle: duration.exactOptional().describe('Time a session may rest.'),
      session: duration.exactOptional().describe('Time a session may last.'),
    })
    .exactOptional(),
  on_request: onRequest.exactOptional(),
});

const budget = z
  .strictObject({
    name: text.exactOptional().describe('Shown in refusals; absent: its place in this file.'),
    who: who.exactOptional().describe('Absent: everybody. Each identity has its own.'),
    targets: targetPattern,
    per: z.enum(budgetPeriods).describe('session, grant (of a dormant rule) or day (UTC).'),
    rows: z.int().min(1).exactOptional().describe('Rows of answers.'),
    commands: z.int().min(1).exactOptional().describe('Commands; BEGIN, SET and the like are none.'),
    bytes: z.int().min(1).exactOptional().describe('Bytes of answers, as the target sends them.'),
  })
  .describe('How much one identity may do.');

/** The whole of sallyport.yaml; see docs/config.md. What no schema can say (names, conditions) is in check.ts. */
export const configSchema = z
  .strictObject({
    listen: listen.prefault({}),
    data: text
      .default('./data')
      .describe('Folder of journal, keys and embedded store, relative to this file.'),
    journal: journal.prefault({}),
    identity: identity.prefault({}),
    targets: z.record(text, target).default({}).describe('What can be reached, by name.'),
    passthrough: z
      .array(
        z.strictObject({
          who: who.describe('Who is let to these hosts.'),
          hosts: z
            .array(z.string().regex(passthroughPattern, 'must be a host, a host and a port, or *.domain'))
            .min(1),
        }),
      )
      .default([])
      .describe(
        'Hosts beside the targets that the proxy tunnels to, untouched: api.acme.dev, *.acme.dev:8443.',
      ),
    sensitive: sensitive.default({}),
    patterns: patterns.default({}),
    detect: z.array(detection).default([]).describe('Detectors over every value that leaves.'),
    notify: notify.default({}),
    sinks: sinks.default({}),
    budgets: z.array(budget).default([]).describe('How much identities may do; beside the rules.'),
    rules: z.array(rule).default([]).describe('Who may do what. Nothing is allowed that no rule allows.'),
  })
  .describe('Configuration of Sallyport');

/** The file as it is written, defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;
export type RuleEntry = ConfigFile['rules'][number];
export type BudgetEntry = ConfigFile['budgets'][number];
/** A mask, with what the values are or without. */
export type MaskEntry = ConfigFile['sensitive'][string][string];
export type TargetEntry = ConfigFile['targets'][string];

export type WhoEntry = NonNullable<RuleEntry['who']>;
