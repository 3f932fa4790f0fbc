import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { agent, commandOf, dba, holdOf, sessionOf, Stage } from '../../../test/fixtures/holds-stage.ts';
import { Receiver } from '../../../test/fixtures/receiver.ts';
import { until } from '../../../test/fixtures/until.ts';
import type { ChannelSpec, Person, SlackSpec, TeamsSpec } from '../../core/channel.ts';
import type { Callback } from '../../core/notice.ts';
import { ChatCallbacks } from './callbacks.ts';

// THREATS 28: forged, replayed, late and double callbacks. What a chat sends is signed as the real one signs.

const secret = 'slack-signing-secret';
const teamsSecret = randomBytes(32).toString('base64');
const ana: Person = { subject: 'ana', issuer: 'https://idp', groups: ['dba'] };
const olga: Person = { subject: 'olga', issuer: 'https://idp', groups: ['dba'] };
const eve: Person = { subject: 'eve', issuer: 'https://idp', groups: [] };
const people = new Map([
  ['U1', ana],
  ['U2', olga],
  ['U3', eve],
]);

const slackWay = (api: string, more: Partial<SlackSpec> = {}): SlackSpec => ({
  kind: 'slack',
  channel: 'C1',
  token: 'xoxb',
  signingSecret: secret,
  people,
  api,
  ...more,
});
const teamsWay: TeamsSpec = { kind: 'teams', url: 'https://t', secret: teamsSecret, people, private: false };

/** Holds with a chat, and a stand-in for Slack that they are told through. */
class ChatStage implements AsyncDisposable {
  readonly stage: Stage;
  readonly slack: Receiver;
  readonly revoked = new Set<string>();
  readonly callbacks: ChatCallbacks;

  private constructor(stage: Stage, slack: Receiver, more: Partial<SlackSpec>) {
    this.stage = stage;
    this.slack = slack;
    slack.answer = () => ({ body: '{"ok":true}' });
    const channels: ChannelSpec[] = [
      { name: 'chat', on: [], way: slackWay(slack.url, more) },
      { name: 'room', on: [], way: teamsWay },
      { name: 'links', on: [], way: { kind: 'teams', url: 'https://t', people, private: false } },
    ];
    this.callbacks = new ChatCallbacks({
      channels: () => channels,
      approvals: stage.holds,
      journal: stage.journal,
      clock: { now: () => stage.nowMs },
      revoked: ({ subject }) => this.revoked.has(subject),
      resolveSecret: async (text) => text,
      // Slack may be gone by the time that it is told.
      report: () => {},
    });
  }

  static async set(more: Partial<SlackSpec> = {}): Promise<ChatStage> {
    return new ChatStage(await Stage.set(), await Receiver.listen(), more);
  }

  async held(text = 'DELETE FROM t'): Promise<string> {
    return (await this.stage.holds.open(sessionOf(agent), commandOf(text), holdOf())).id;
  }

  async state(id: string): Promise<string> {
    return (await this.stage.holds.get(id)).state;
  }

  refusals(): string[] {
    return this.stage.journal.written.flatMap((event) =>
      event.type === 'identity.refused' ? [`${event.protocol} ${event.client}: ${event.reason}`] : [],
    );
  }

  outcomes(): string[] {
    return this.stage.journal.written.flatMap((event) =>
      event.type === 'notice.answered' ? [`${event.user} ${event.subject} ${event.outcome}`] : [],
    );
  }

  /** What Slack was asked to show to whoever pressed. */
  async said(): Promise<string> {
    const told = await until('an answer in Slack', () =>
      this.slack.received.find(({ path }) => path === '/chat.postEphemeral'),
    );
    return String(Object(JSON.parse(told.body)).text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.slack[Symbol.asyncDispose]();
    await this.stage[Symbol.asyncDispose]();
  }
}

interface Press {
  readonly user?: string;
  readonly channel?: string;
  readonly action?: string;
  readonly value?: string;
  /** The workspace of whoever pressed. */
  readonly home?: string;
}

function pressBody({
  user = 'U1',
  channel = 'C1',
  action = 'sallyport.approve',
  value = '',
  home = 'T1',
}: Press): string {
  const payload = {
    type: 'block_actions',
    team: { id: 'T1' },
    user: { id: user, username: 'ana', team_id: home },
    channel: { id: channel },
    message: { ts: '1.2' },
    actions: [{ type: 'button', action_id: action, value }],
    response_url: 'https://evil.test/',
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** As Slack signs it. */
function slackCallback(body: string, atMs: number, more: Readonly<Record<string, string>> = {}): Callback {
  const seconds = String(Math.floor(atMs / 1000));
  const mac = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  const headers: Readonly<Record<string, string>> = {
    'x-slack-request-timestamp': seconds,
    'x-slack-signature': `v0=${mac}`,
    ...more,
  };
  return { kind: 'slack', channel: 'chat', header: (name) => headers[name], body, client: '10.0.0.9' };
}

/** As Teams signs an outgoing webhook. */
function teamsCallback(text: string, atMs: number, more: { user?: string; key?: string } = {}): Callback {
  const body = JSON.stringify({
    type: 'message',
    id: '1',
    timestamp: new Date(atMs).toISOString(),
    text,
    from: { id: '29:x', name: 'Ana', aadObjectId: more.user ?? 'U1' },
  });
  const mac = createHmac('sha256', Buffer.from(more.key ?? teamsSecret, 'base64'))
    .update(body)
    .digest('base64');
  const header = (name: string) => (name === 'authorization' ? `HMAC ${mac}` : undefined);
  return { kind: 'teams', channel: 'room', header, body, client: '10.0.0.9' };
}

describe('Slack', () => {
  test('a press is the decision of the person whom the configuration names', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    const press = slackCallback(pressBody({ value: id }), chat.stage.nowMs);
    assert.equal(await chat.callbacks.receive(press), undefined);
    assert.equal(await chat.state(id), 'approved');
    const [decided] = (await chat.stage.holds.get(id)).decisions;
    assert.deepEqual(decided?.by, { subject: 'ana', issuer: 'https://idp', kind: 'human', groups: ['dba'] });
    assert.equal(await chat.said(), `Approval ${id} is approved.`);
    assert.deepEqual(chat.outcomes(), ['U1 ana approved']);
    assert.ok(
      chat.slack.received.every(({ path }) => path === '/chat.postEphemeral'),
      'nowhere else',
    );
  });

  test('a denial too', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    const body = pressBody({ value: id, action: 'sallyport.deny' });
    await chat.callbacks.receive(slackCallback(body, chat.stage.nowMs));
    assert.equal(await chat.state(id), 'denied');
  });

  test('by e-mail, where the configuration says so', async () => {
    await using chat = await ChatStage.set({ people: new Map(), emailIssuer: 'https://idp' });
    const profile = { ok: true, user: { profile: { email: 'ana@acme.test' } } };
    chat.slack.answer = ({ path }) => ({
      body: path === '/users.info' ? JSON.stringify(profile) : '{"ok":true}',
    });
    const hold = holdOf({ approvers: [{ subjects: ['ana@acme.test'], count: 1 }] });
    const { id } = await chat.stage.holds.open(sessionOf(agent), commandOf('x'), hold);
    await chat.callbacks.receive(slackCallback(pressBody({ value: id }), chat.stage.nowMs));
    assert.equal(await chat.state(id), 'approved');
  });

  for (const [title, user] of [
    ['a bot', { is_bot: true }],
    ['somebody who left', { deleted: true }],
    ['an address that nobody confirmed', { is_email_confirmed: false }],
    ['a guest', { is_restricted: true }],
    ['a guest of one channel', { is_ultra_restricted: true }],
  ] as const) {
    test(`by e-mail, but not ${title}`, async () => {
      await using chat = await ChatStage.set({ people: new Map(), emailIssuer: 'https://idp' });
      const profile = { ok: true, user: { ...user, profile: { email: 'ana@acme.test' } } };
      chat.slack.answer = () => ({ body: JSON.stringify(profile) });
      const hold = holdOf({ approvers: [{ subjects: ['ana@acme.test'], count: 1 }] });
      const { id } = await chat.stage.holds.open(sessionOf(agent), commandOf('x'), hold);
      await chat.callbacks.receive(slackCallback(pressBody({ value: id }), chat.stage.nowMs));
      assert.equal(await chat.state(id), 'pending');
    });
  }

  test('by e-mail, but not somebody of another workspace, which says itself what addresses its members have', async () => {
    await using chat = await ChatStage.set({ people: new Map(), emailIssuer: 'https://idp' });
    chat.slack.answer = () => ({ body: '{"ok":true,"user":{"profile":{"email":"ana@acme.test"}}}' });
    const hold = holdOf({ approvers: [{ subjects: ['ana@acme.test'], count: 1 }] });
    const { id } = await chat.stage.holds.open(sessionOf(agent), commandOf('x'), hold);
    await chat.callbacks.receive(slackCallback(pressBody({ value: id, home: 'T2' }), chat.stage.nowMs));
    assert.equal(await chat.state(id), 'pending');
  });

  const powerless: readonly [title: string, press: Press, said: RegExp, outcome: string][] = [
    ['who owns the agent that asked', { user: 'U2' }, /nobody decides on what they asked/, 'U2 olga denied'],
    ['whom no rule names', { user: 'U3' }, /there is no approval/, 'U3 eve not_found'],
    [
      'whom the configuration does not know',
      { user: 'U9' },
      /does not know who you are/,
      'U9 undefined denied',
    ],
  ];
  for (const [title, press, said, outcome] of powerless) {
    test(`a press counts for nothing of somebody ${title}`, async () => {
      await using chat = await ChatStage.set();
      const id = await chat.held();
      await chat.callbacks.receive(slackCallback(pressBody({ ...press, value: id }), chat.stage.nowMs));
      assert.equal(await chat.state(id), 'pending');
      assert.match(await chat.said(), said);
      assert.deepEqual(chat.outcomes(), [outcome]);
    });
  }

  test('a press counts for nothing of somebody who was shut out', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    chat.revoked.add('ana');
    await chat.callbacks.receive(slackCallback(pressBody({ value: id }), chat.stage.nowMs));
    assert.equal(await chat.state(id), 'pending');
    assert.deepEqual(chat.outcomes(), ['U1 ana revoked']);
  });

  const minuteMs = 60_000;
  const forged: readonly [title: string, forge: (body: string, nowMs: number) => Callback][] = [
    ['no signature', (body, at) => slackCallback(body, at, { 'x-slack-signature': '' })],
    [
      'a signature of zeros',
      (body, at) => slackCallback(body, at, { 'x-slack-signature': `v0=${'0'.repeat(64)}` }),
    ],
    [
      'a signature of another secret',
      (body, at) => {
        const seconds = String(Math.floor(at / 1000));
        const mac = createHmac('sha256', 'guess').update(`v0:${seconds}:${body}`).digest('hex');
        return slackCallback(body, at, { 'x-slack-signature': `v0=${mac}` });
      },
    ],
    [
      'a body that was changed behind the signature',
      (body, at) => ({
        ...slackCallback(body, at),
        body: body.replace('sallyport.approve', 'sallyport.deny'),
      }),
    ],
    ['a time that was changed', (body, at) => slackCallback(body, at, { 'x-slack-request-timestamp': '1' })],
    ['a time that is none', (body, at) => slackCallback(body, at, { 'x-slack-request-timestamp': 'x' })],
    ['one signed six minutes ago', (body, at) => slackCallback(body, at - 6 * minuteMs)],
    ['one signed in six minutes', (body, at) => slackCallback(body, at + 6 * minuteMs)],
  ];
  for (const [title, forge] of forged) {
    test(`refused, and on record: ${title}`, async () => {
      await using chat = await ChatStage.set();
      chat.stage.nowMs = Date.UTC(2026, 10, 23);
      const id = await chat.held();
      const callback = forge(pressBody({ value: id }), chat.stage.nowMs);
      await assert.rejects(chat.callbacks.receive(callback), { code: 'unauthenticated' });
      assert.equal(await chat.state(id), 'pending');
      assert.match(chat.refusals().join(), /^slack 10\.0\.0\.9: Sallyport: /);
      assert.deepEqual(chat.outcomes(), []);
    });
  }

  test('refused: the same callback once more', async () => {
    await using chat = await ChatStage.set();
    const press = slackCallback(pressBody({ value: await chat.held(), user: 'U9' }), chat.stage.nowMs);
    await chat.callbacks.receive(press);
    await assert.rejects(chat.callbacks.receive(press), { code: 'conflict' });
    assert.equal(chat.outcomes().length, 1);
  });

  test('two presses at once count once', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    const at = chat.stage.nowMs;
    const approve = slackCallback(pressBody({ value: id }), at);
    const deny = slackCallback(pressBody({ value: id, action: 'sallyport.deny' }), at);
    await Promise.all([chat.callbacks.receive(approve), chat.callbacks.receive(deny)]);
    assert.equal((await chat.stage.holds.get(id)).decisions.length, 1);
    assert.deepEqual(
      chat
        .outcomes()
        .map((one) => one.split(' ')[2])
        .toSorted(),
      ['approved', 'conflict'],
    );
  });

  test('one that comes after the client has gone changes nothing', async () => {
    await using chat = await ChatStage.set();
    const ticket = await chat.stage.holds.open(sessionOf(agent), commandOf('x'), holdOf());
    await chat.stage.holds.withdraw(ticket);
    await chat.callbacks.receive(slackCallback(pressBody({ value: ticket.id }), chat.stage.nowMs));
    assert.equal(await chat.state(ticket.id), 'withdrawn');
    assert.match(await chat.said(), /is withdrawn already/);
  });

  const misused: readonly [title: string, code: string, callback: (id: string, at: number) => Callback][] = [
    ['of another channel', 'denied', (value, at) => slackCallback(pressBody({ value, channel: 'C2' }), at)],
    ['without a payload', 'protocol', (_id, at) => slackCallback('x=1', at)],
    [
      'for no channel at all',
      'not_found',
      (value, at) => ({ ...slackCallback(pressBody({ value }), at), channel: 'c' }),
    ],
    [
      'for a channel of another kind',
      'not_found',
      (value, at) => ({ ...slackCallback(pressBody({ value }), at), channel: 'room' }),
    ],
  ];
  for (const [title, code, callback] of misused) {
    test(`refused: one ${title}`, async () => {
      await using chat = await ChatStage.set();
      const id = await chat.held();
      await assert.rejects(chat.callbacks.receive(callback(id, chat.stage.nowMs)), { code });
      assert.equal(await chat.state(id), 'pending');
    });
  }

  test('another button of the message is none of ours', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    await chat.callbacks.receive(
      slackCallback(pressBody({ value: id, action: 'sallyport.open' }), chat.stage.nowMs),
    );
    assert.deepEqual([await chat.state(id), chat.outcomes()], ['pending', []]);
  });
});

/** The last letter of 32 bytes in base64 has two bits that say nothing. */
function otherSpelling({ header }: Callback): Callback['header'] {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return (name) => header(name)?.replace(/.(?==$)/, (last) => letters.charAt(letters.indexOf(last) ^ 1));
}

describe('Teams', () => {
  test('a message is the decision of the person whom the configuration names', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    const message = teamsCallback(`<at>Sallyport</at>&nbsp;approve ${id}\n`, chat.stage.nowMs);
    assert.deepEqual(await chat.callbacks.receive(message), {
      type: 'message',
      text: `Approval ${id} is approved.`,
      textFormat: 'plain',
    });
    assert.equal(await chat.state(id), 'approved');
  });

  test('a message that says something else decides nothing', async () => {
    await using chat = await ChatStage.set();
    const id = await chat.held();
    for (const text of ['hello', `do not approve ${id}`, `approve ${id} and more`, `${id}`]) {
      const answer = await chat.callbacks.receive(teamsCallback(text, chat.stage.nowMs));
      assert.match(String(answer?.['text']), /^Say "approve"/);
    }
    assert.equal(await chat.state(id), 'pending');
  });

  test('forged, old and repeated messages are refused', async () => {
    await using chat = await ChatStage.set();
    const at = Date.UTC(2026, 10, 23);
    chat.stage.nowMs = at;
    const say = `approve ${await chat.held()}`;
    const otherKey = randomBytes(32).toString('base64');
    const good = teamsCallback('hello', at);
    await chat.callbacks.receive(good);
    for (const [callback, code] of [
      [teamsCallback(say, at, { key: otherKey }), 'unauthenticated'],
      [{ ...teamsCallback(say, at), header: () => undefined }, 'unauthenticated'],
      [teamsCallback(say, at - 360_000), 'unauthenticated'],
      [good, 'conflict'],
      [{ ...good, header: otherSpelling(good) }, 'unauthenticated'],
      [{ ...teamsCallback(say, at), channel: 'links' }, 'not_found'],
    ] as const) {
      await assert.rejects(chat.callbacks.receive(callback), { code });
    }
    assert.deepEqual(chat.outcomes(), []);
  });
});

test('nobody decides twice by two ways', async () => {
  await using chat = await ChatStage.set();
  const hold = holdOf({ approvers: [{ groups: ['dba'], count: 2 }] });
  const { id } = await chat.stage.holds.open(sessionOf(agent), commandOf('x'), hold);
  await chat.stage.holds.decide({ approvalId: id, by: dba('ana'), decision: 'approve' });
  await chat.callbacks.receive(slackCallback(pressBody({ value: id }), chat.stage.nowMs));
  assert.equal(await chat.state(id), 'pending');
  assert.deepEqual(chat.outcomes(), ['U1 ana conflict']);
});
