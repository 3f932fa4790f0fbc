import { resolve } from 'node:path';
import type { ChannelSpec, EmailSpec, People, SlackSpec, TeamsSpec, Way } from '../core/channel.ts';
import type { SinkSpec } from '../core/sink.ts';
import type { ChannelEntry, SinkEntry } from './schema/outside.ts';

const smtpPorts = { starttls: 587, tls: 465, none: 25 } as const;

export function channels(entries: Readonly<Record<string, ChannelEntry>>, folder: string): ChannelSpec[] {
  return Object.entries(entries).map(([name, entry]) => ({ name, on: entry.on, way: way(entry, folder) }));
}

export function sinks(entries: Readonly<Record<string, SinkEntry>>, folder: string): SinkSpec[] {
  return Object.entries(entries).map(([name, entry]) => ({ name, way: sinkWay(entry, folder) }));
}

function way({ webhook, slack, teams, email }: ChannelEntry, folder: string): Way {
  if (webhook !== undefined) return { kind: 'webhook', ...webhook };
  if (slack !== undefined) return slackWay(slack);
  if (teams !== undefined) return teamsWay(teams);
  if (email !== undefined) return emailWay(email, folder);
  throw new TypeError('a channel that leads nowhere was not refused');
}

function slackWay(it: NonNullable<ChannelEntry['slack']>): SlackSpec {
  const { channel, token, signing_secret: signingSecret, users, by_email: byEmail, api } = it;
  return {
    kind: 'slack',
    channel,
    token,
    people: people(users),
    api: api.replace(/\/+$/, ''),
    ...(signingSecret === undefined ? {} : { signingSecret }),
    ...(byEmail === undefined ? {} : { emailIssuer: byEmail.issuer }),
  };
}

function teamsWay({ users, ...it }: NonNullable<ChannelEntry['teams']>): TeamsSpec {
  return { kind: 'teams', ...it, people: people(users) };
}

function emailWay(it: NonNullable<ChannelEntry['email']>, folder: string): EmailSpec {
  const { host, port, tls, ca, user, password, from, to } = it;
  return {
    kind: 'email',
    host,
    port: port ?? smtpPorts[tls],
    tls,
    from,
    to,
    ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }),
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
  };
}

function people(users: NonNullable<ChannelEntry['slack']>['users']): People {
  return new Map(Object.entries(users).map(([id, { groups = [], ...who }]) => [id, { ...who, groups }]));
}

function sinkWay({ syslog, otlp }: SinkEntry, folder: string): SinkSpec['way'] {
  if (syslog !== undefined) {
    const { host, tls, facility, bytes, port = tls ? 6514 : 514, ca } = syslog;
    const same = { host, port, tls, facility, bytesMax: bytes };
    return { kind: 'syslog', ...same, ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }) };
  }
  if (otlp === undefined) throw new TypeError('a sink that leads nowhere was not refused');
  const { url, headers, ca } = otlp;
  return { kind: 'otlp', url, headers, ...(ca === undefined ? {} : { caFile: resolve(folder, ca) }) };
}
