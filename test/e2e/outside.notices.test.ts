import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { Receiver } from '../fixtures/receiver.ts';
import { until } from '../fixtures/until.ts';

// A held command is told of outside, without its values, and decided from a chat. THREATS 28.

let server: PostgresServer;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE users (id int, email text)');
  await direct.query("INSERT INTO users VALUES (1, 'old@acme.test')");
});
after(async () => {
  await direct?.end();
  await server?.stop();
});

const signingSecret = 'slack-signing-secret';
const rules = `
  - { name: nod, who: { groups: [crews] }, targets: [orders], hold: [write], approvers: { groups: [dba] }, wait: 10m }
  - { name: read, who: { any: true }, targets: [orders], allow: [read] }`;

async function gatewayWith(slack: Receiver, hook: Receiver): Promise<TestGateway> {
  slack.answer = () => ({ body: '{"ok":true}' });
  const more = `
notify:
  hook:
    on: [hold.opened, hold.decided]
    webhook: { url: "${hook.url}/in", secret: hush }
  chat:
    slack:
      api: "${slack.url}"
      channel: C1
      token: xoxb-secret-token
      signing_secret: ${signingSecret}
      users:
        U1: { subject: anna, issuer: sallyport, groups: [dba] }
        U2: { subject: agent-7, issuer: sallyport, groups: [dba] }`;
  return startTestGateway(shopConfig({ port: server.port, rules, more }));
}

interface Press {
  readonly value: string;
  readonly user?: string;
  readonly action?: string;
  readonly secret?: string;
}

/** As Slack sends it, when somebody presses a button of ours. */
async function press(gateway: TestGateway, it: Press): Promise<number> {
  const { value, user = 'U1', action = 'sallyport.approve', secret = signingSecret } = it;
  const payload = {
    type: 'block_actions',
    user: { id: user },
    channel: { id: 'C1' },
    message: { ts: '1.2' },
    actions: [{ action_id: action, value }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const seconds = String(Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  const response = await fetch(`http://127.0.0.1:${gateway.gateway.ports.http}/notify/slack/chat`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': seconds,
      'x-slack-signature': `v0=${mac}`,
    },
    body,
  });
  await response.body?.cancel();
  return response.status;
}

/** The id of the approval on the button of the message that Slack was sent last. */
async function buttonOf(slack: Receiver, count = 1): Promise<string> {
  const posted = await until('a message in Slack', () => {
    const messages = slack.received.filter(({ path }) => path === '/chat.postMessage');
    return messages.length >= count && messages.at(-1);
  });
  const [, value = ''] = /"action_id":"sallyport\.approve","value":"([0-9a-f]+)"/.exec(posted.body) ?? [];
  return value;
}

const planted = ['planted@acme.test', '815004711', 'planted-comment', 'planted-parameter'];

test('a held command is told of without its values, approved in Slack, and runs', async (t) => {
  await using slack = await Receiver.listen();
  await using hook = await Receiver.listen();
  const gateway = await gatewayWith(slack, hook);
  t.after(() => gateway.stop());
  const client = await connect(gateway);
  const running = client.query(
    "UPDATE users SET email = 'planted@acme.test' /* planted-comment */ WHERE id <> 815004711 AND email <> $1",
    ['planted-parameter'],
  );
  const value = await buttonOf(slack);
  await until('the webhook', () => hook.received.length > 0);
  assert.equal(await press(gateway, { value }), 200);
  assert.equal((await running).rowCount, 1);
  const { rows } = await direct.query('SELECT email FROM users');
  assert.deepEqual(rows, [{ email: 'planted@acme.test' }]);
  await client.end();
  await until('all told', () => hook.received.length === 2 && slack.received.length === 2);

  for (const { body } of [...slack.received, ...hook.received]) {
    for (const secret of [...planted, 'fixture-password', signingSecret]) {
      assert.ok(!body.includes(secret), `${secret} left in ${body}`);
    }
  }
  const [opened, decided] = hook.received.map(({ body }) => Object(JSON.parse(body)));
  assert.equal(opened.text, 'UPDATE users SET email = ? WHERE id <> ? AND email <> $1');
  assert.deepEqual([opened.kind, opened.identity.subject, opened.rules], ['hold.opened', 'agent-7', ['nod']]);
  assert.deepEqual([decided.kind, decided.decision, decided.by], ['hold.decided', 'approve', ['anna']]);
  // Whoever finds the address has to say who they are: the page is the same for all, and asks the API.
  const { pathname, host } = new URL(String(opened.url));
  assert.match(pathname, /^\/approvals\/[0-9a-f]{16}$/);
  assert.equal((await fetch(`http://${host}/api/v1${pathname}`)).status, 401);
  // What came of a notice is on record a little later than it came.
  await until('all of them on record', async () => {
    const types = (await gateway.events()).map(({ type }) => type);
    return types.filter((type) => type === 'notice.sent').length === 3 && types.includes('notice.answered');
  });
  const answered = (await gateway.events()).find((event) => event.type === 'notice.answered');
  assert.ok(answered?.type === 'notice.answered');
  assert.deepEqual([answered.user, answered.subject, answered.outcome], ['U1', 'anna', 'approved']);
});

test('forged, foreign, own and late presses decide nothing, and all are on record', async (t) => {
  await using slack = await Receiver.listen();
  await using hook = await Receiver.listen();
  const gateway = await gatewayWith(slack, hook);
  t.after(() => gateway.stop());
  const client = await connect(gateway);
  const running = refusal(client.query("UPDATE users SET email = 'never@acme.test'"));
  const value = await buttonOf(slack);
  assert.equal(await press(gateway, { value, secret: 'guess' }), 401);
  assert.equal(await press(gateway, { value, user: 'U9' }), 200);
  assert.equal(await press(gateway, { value, user: 'U2' }), 200, 'one’s own command');
  assert.equal(await press(gateway, { value, action: 'sallyport.deny' }), 200);
  assert.equal((await running).code, 'hold_denied');
  assert.equal(await press(gateway, { value }), 200, 'too late');
  await client.end();
  const { rows } = await direct.query("SELECT 1 FROM users WHERE email = 'never@acme.test'");
  assert.deepEqual(rows, []);
  const outcomes = await until('all of them on record', async () => {
    const events = await gateway.events();
    const isTold = events.some((event) => event.type === 'identity.refused' && event.protocol === 'slack');
    const found = events.flatMap((event) => (event.type === 'notice.answered' ? [event.outcome] : []));
    return isTold && found.length >= 4 && found;
  });
  assert.deepEqual(outcomes, ['denied', 'denied', 'denied', 'conflict']);
});

test('a notice that could not be sent before a restart is sent after it', async (t) => {
  await using slack = await Receiver.listen();
  await using hook = await Receiver.listen();
  const gateway = await gatewayWith(slack, hook);
  hook.answer = () => ({ status: 503 });
  const client = await connect(gateway);
  client.on('error', () => {});
  const running = client.query('DELETE FROM users').catch(() => undefined);
  await until('an attempt', () => hook.received.length > 0);
  const ids = hook.received.map(({ headers }) => headers['idempotency-key']);
  hook.answer = () => ({});
  const again = await gateway.restart();
  t.after(() => again.stop());
  await running;
  await until('it on record', async () =>
    (await again.events()).some((event) => event.type === 'notice.sent' && event.notice === ids[0]),
  );
});
