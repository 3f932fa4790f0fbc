import { z } from 'zod';
import { text, texts } from './words.ts';

const awsKeys = z.strictObject({
  access_key_id: text.describe('Text or references: ${env:NAME}, ${file:PATH}.'),
  secret_access_key: text.describe('With references: ${env:NAME}, ${file:PATH}.'),
  session_token: text.exactOptional().describe('With references.'),
});

const secrets = z.record(text, text);

export const credential = z
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
