import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';

// What those may read of the policy who watch the gateway. No database is needed to ask.

let gateway: TestGateway;

const rules = `
  # who reads
  - { name: reading, who: { groups: [crews] }, targets: [orders], allow: [read], resources: ["public.*"] }
  - { name: no ddl, who: { kind: agent }, targets: ["*"], deny: [schema] }
  - { name: support, who: { groups: [support] }, targets: [orders], reveal: [public.users.email] }
  - { name: security, who: { groups: [security] }, targets: [sallyport], allow: [read] }`;
const more = `
sensitive: { orders: { public.users.email: email } }
detect: [{ find: [iban], mask: redact }]
budgets: [{ name: small, targets: [orders], per: day, rows: 5 }]`;

before(async () => {
  gateway = await startTestGateway(shopConfig({ port: 1, rules, more }));
});
after(() => gateway?.stop());

async function client(groups: readonly string[] = ['security']) {
  const token = await gateway.token({ subject: 'sam', kind: 'human', groups });
  return createClient({ url: `http://127.0.0.1:${gateway.gateway.ports.http}`, token, fetch });
}

test('the policy is told in words, and without secrets', async () => {
  const policy = await (await client()).call(routes.policy, {});
  assert.doesNotMatch(JSON.stringify(policy), /fixture-password/);
  const lines = policy.text.split('\n');
  assert.deepEqual(
    policy.rules.map(({ name, line, words }) => [name, lines[line - 1]?.includes(name), words[0]]),
    [
      ['reading', true, 'Everybody in group crews may read public.* on orders.'],
      ['no ddl', true, 'Agents may not change the schema of anything on any target.'],
      ['support', true, 'Everybody in group support may see public.users.email on orders in clear.'],
      ['security', true, 'Everybody in group security may read anything on the gateway itself.'],
    ],
  );
  assert.match(policy.text, /# who reads/);
  assert.deepEqual(policy.masks, [
    { target: 'orders', resource: 'public.users.email', mask: 'email', revealedBy: ['support'] },
  ]);
  assert.deepEqual(policy.detect, [{ target: 'orders', find: ['iban'], mask: 'redact' }]);
  assert.deepEqual(policy.budgets[0]?.words, 'Everybody may have 5 rows each in a day (UTC) on orders.');
});

test('who can do what is told of everybody, and of groups, agents apart from people where that matters', async () => {
  const { rows, kinds } = await (await client()).call(routes.matrix, {});
  assert.deepEqual(kinds, ['read', 'write', 'schema', 'access', 'execute', 'opaque']);
  const told = rows.map(({ who, targets }) => {
    const cells = targets.map(
      ({ name, cells: of }) => `${name} ${of[0]?.verdict}${of[0]?.partly === true ? '~' : ''}`,
    );
    return `${who.sort} ${who.name} ${who.kind}: ${cells.join(', ')}`;
  });
  const ddl = rows[0]?.targets[0]?.cells.find(({ kind }) => kind === 'schema')?.parts;
  assert.deepEqual(
    ddl?.map(({ rule, about }) => [rule, about]),
    [['no ddl', 'agent']],
  );
  assert.deepEqual(told, [
    'everybody  null: orders deny, sallyport deny',
    'group crews null: orders allow~, sallyport deny',
    'group security null: orders deny, sallyport allow',
    'group support null: orders deny, sallyport deny',
  ]);
});

test('without the right there is nothing to read', async () => {
  const nobody = await client([]);
  await assert.rejects(nobody.call(routes.policy, {}), /read\.policy policy on sallyport/);
  await assert.rejects(nobody.call(routes.matrix, {}), /read\.policy policy on sallyport/);
});
