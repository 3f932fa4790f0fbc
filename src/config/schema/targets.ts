import { z } from 'zod';
import { toolAcceptances } from '../../core/target.ts';
import { credential } from './credentials.ts';
import { text, texts } from './words.ts';

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

export const target = z.strictObject({
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
