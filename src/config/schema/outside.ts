import { z } from 'zod';
import { noticeKinds } from '../../core/notice.ts';
import { text, texts } from './words.ts';

const secret = text.describe('References: ${env:NAME}, ${file:PATH}.');
const port = z.int().min(1).max(65_535);

const people = z
  .record(
    text,
    z.strictObject({
      subject: text,
      issuer: text.describe("The issuer that this subject is of; sallyport for the gateway's own."),
      groups: texts.exactOptional().describe('Groups that count for approvers.'),
      email: text
        .exactOptional()
        .describe('So that nobody decides on commands of agents that name their owner by it.'),
    }),
  )
  .default({})
  .describe("Who its users are, by the chat's own ids.");

const webhook = z
  .strictObject({
    url: text.describe('https, or http on this machine. May be a reference: ${env:NAME}, ${file:PATH}.'),
    secret: secret.describe('What deliveries are signed with: ${env:NAME}, ${file:PATH}.'),
    private: z.boolean().default(false).describe('Its name may lead to an address of a private network.'),
  })
  .describe('JSON, signed with HMAC-SHA-256.');

const slack = z
  .strictObject({
    channel: text.regex(/^[A-Z0-9]{2,30}$/, "must be a channel's id, such as C0123ABCD"),
    token: secret.describe("The bot's token: ${env:NAME}, ${file:PATH}."),
    signing_secret: secret
      .exactOptional()
      .describe("The app's signing secret. Absent: no buttons, links alone."),
    users: people,
    by_email: z
      .strictObject({ issuer: text })
      .exactOptional()
      .describe(
        'Users whom the map does not name are the subject that their e-mail address is, of this issuer.',
      ),
    api: z.url({ protocol: /^https?$/, error: 'must be a URL' }).default('https://slack.com/api'),
  })
  .describe('A channel of Slack.');

const teams = z
  .strictObject({
    url: secret.describe('Of a workflow or an incoming webhook: ${env:NAME}, ${file:PATH}.'),
    secret: secret
      .exactOptional()
      .describe('Security token of an outgoing webhook. Absent: no decisions by message, links alone.'),
    users: people,
    private: z.boolean().default(false).describe('Its name may lead to an address of a private network.'),
  })
  .describe('A channel of Microsoft Teams.');

const email = z
  .strictObject({
    host: text,
    port: port.exactOptional().describe('Default 587; 465 with tls, 25 with none.'),
    tls: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('starttls: never without it. none: a server on this machine.'),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
    user: secret.exactOptional(),
    password: secret.exactOptional(),
    from: text,
    to: texts,
  })
  .describe('Text by SMTP.');

const channel = z.strictObject({
  on: z
    .array(z.enum(noticeKinds))
    .min(1)
    .default(['hold.opened', 'request.opened', 'grant.started'])
    .describe('What it is told of.'),
  webhook: webhook.exactOptional(),
  slack: slack.exactOptional(),
  teams: teams.exactOptional(),
  email: email.exactOptional(),
});

export const notify = z.record(text, channel).describe('Who is told that something waits for them, by name.');

const syslog = z
  .strictObject({
    host: text,
    port: port.exactOptional().describe('Default 6514; 514 without tls.'),
    tls: z.boolean().default(true),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
    facility: z.int().min(0).max(23).default(13).describe('RFC 5424; 13 is "log audit".'),
    bytes: z
      .int()
      .min(2_048)
      .max(16_777_216)
      .default(65_536)
      .describe('Of one message; an event that is longer is cut to its essentials.'),
  })
  .describe('RFC 5424 over TCP or TLS, with octet counting.');

const otlp = z
  .strictObject({
    url: text.describe('Such as https://collector:4318/v1/logs. https, or http on this machine.'),
    headers: z
      .record(text, text)
      .default({})
      .describe('Values may be references: ${env:NAME}, ${file:PATH}.'),
    ca: text.exactOptional().describe("PEM file of the authorities to trust instead of the system's."),
  })
  .describe('OpenTelemetry logs by HTTP, as JSON.');

const sink = z.strictObject({ syslog: syslog.exactOptional(), otlp: otlp.exactOptional() });

export const sinks = z.record(text, sink).describe('Where every event of the journal goes besides, by name.');

export type ChannelEntry = z.output<typeof channel>;
export type SinkEntry = z.output<typeof sink>;
