import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { Simulated } from '../../src/api/contract/schemas/policy.ts';
import { local } from '../../src/local.ts';
import { connect, refusal } from '../fixtures/clients.ts';
import { sallyport } from '../fixtures/fake-terminal.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Real commands are recorded; what other rules would have made of them is asked of the file and of the gateway.

let server: PostgresServer;
let gateway: TestGateway;
let inForce: string;

const rules = `
  - { name: reading, who: { any: true }, targets: [orders], allow: [read, schema, write] }
  - { name: no drops, who: { kind: agent }, targets: [orders], deny: [schema.drop] }
  - { name: security, who: { groups: [security] }, targets: [sallyport], allow: [read] }`;
const more = 'sensitive: { orders: { public.people.phone: redact } }';

before(async () => {
  server = await startPostgres();
  inForce = shopConfig({ port: server.port, rules, more });
  gateway = await startTestGateway(inForce);
  const setUp = await connect(gateway, { subject: 'setup', kind: 'human' });
  await setUp.query('CREATE TABLE people (id int, email text, phone text)');
  await setUp.end();
  const client = await connect(gateway, { subject: 'crew-7' });
  for (const id of [1, 2, 3]) await client.query(`SELECT id, email, phone FROM people WHERE id = ${id}`);
  await client.query('UPDATE people SET id = $1 WHERE id = $2', [4, 3]);
  await client.query('DELETE FROM people');
  await refusal(client.query('DROP TABLE people'));
  await client.end();
});
after(async () => {
  await gateway?.stop();
  await server?.stop();
});

function newFile(text: string, name = 'new.yaml'): string {
  const file = join(gateway.dir, name);
  writeFileSync(file, text);
  return file;
}

/** The same file with other rules before those that it has. */
function withRules(added: string): string {
  return inForce.replace('rules:\n', `rules:\n${added}\n`);
}

async function simulate(file: string, args: readonly string[] = []) {
  const outcome = await sallyport(['simulate', '--config', file, '--json', ...args], { local });
  const told: Simulated = JSON.parse(outcome.stdout);
  return { ...outcome, told, groups: told.simulation?.groups ?? [] };
}

async function ofTheGateway(args: readonly string[], groups = ['security']) {
  const token = await gateway.token({ subject: 'sam', kind: 'human', groups });
  const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
  return sallyport(['simulate', '--url', url, '--token', token, ...args]);
}

describe('simulating', () => {
  test('the file in force changes nothing', async () => {
    const { code, told } = await simulate(newFile(inForce));
    assert.equal(code, 0);
    const { commands = 0, unchanged, changes, masks, leftOut } = told.simulation ?? {};
    assert.equal(commands, 7);
    assert.deepEqual([unchanged, changes, masks, leftOut], [commands, [], [], {}]);
  });

  test('stricter rules, with what was alike as one', async () => {
    const file = newFile(
      withRules(`
  - { name: no reads, who: { subjects: [crew-7] }, targets: [orders], deny: [read], when: "command.text.startsWith('SELECT')" }
  - { name: whole tables, who: { kind: agent }, targets: [orders], hold: [write], when: command.unbounded, approvers: { groups: [dba] } }
  - { name: threes, who: { kind: agent }, targets: [orders], deny: [write], when: "size(command.parameters) > 1 && command.parameters[1] == '3'" }`),
    );
    const { code, groups } = await simulate(file, ['--since', '1d']);
    assert.equal(code, 1);
    const told = groups.map(({ was, now, commands, text, rulesNow }) =>
      [was, now, commands, text, ...rulesNow].join(' | '),
    );
    assert.deepEqual(
      new Set(told),
      new Set([
        'allow | deny | 3 | SELECT id, email, phone FROM people WHERE id = 0 | no reads',
        'allow | deny | 1 | UPDATE people SET id = $1 WHERE id = $2 | threes',
        'allow | hold | 1 | DELETE FROM people | whole tables | reading',
      ]),
    );
    const [group] = groups;
    assert.equal(group?.identity.subject, 'crew-7');
    const recorded = (await gateway.events()).filter(({ seq }) =>
      group.examples.some((one) => one.seq === seq),
    );
    assert.equal(recorded.length, 3);
    assert.ok(recorded.every((event) => 'session' in event && event.session === group.examples[0]?.session));
  });

  test('rules about what the session has done so far', async () => {
    const file = newFile(
      withRules(`
  - { name: enough, who: { subjects: [crew-7] }, targets: [orders], deny: [write], when: "session.rows == 0 && session.commands == 4" }
  - { name: never, who: { subjects: [crew-7] }, targets: [orders], deny: [write], when: "session.rows > 0" }`),
    );
    const { groups } = await simulate(file);
    assert.deepEqual(
      groups.map(({ now, text, rulesNow }) => [now, text, ...rulesNow]),
      [['deny', 'DELETE FROM people', 'enough']],
    );
  });

  test('a limit on rows', async () => {
    const client = await connect(gateway, { subject: 'crew-8' });
    await client.query('SELECT i FROM generate_series(1, 50) AS s(i)');
    await client.end();
    const file = newFile(inForce.replace('name: reading,', 'name: reading, limits: { rows: 49 },'));
    const { groups } = await simulate(file, ['--identity', 'crew-8']);
    assert.deepEqual(
      groups.map(({ now, because }) => [now, because]),
      [['cut', 'At most 49 rows of an answer are allowed.']],
    );
  });

  test('looser rules, and rules about what nobody wrote down', async () => {
    const loose = inForce.replace(/.*no drops.*\n/, '');
    const { groups } = await simulate(newFile(loose));
    assert.deepEqual(
      groups.map(({ was, now, text }) => [was, now, text]),
      [['deny', 'allow', 'DROP TABLE people']],
    );
    const claims = withRules(
      '  - { name: ci, who: { claims: { repo: shop } }, targets: [orders], deny: [write.delete] }',
    );
    const told = await simulate(newFile(claims));
    assert.deepEqual(
      told.groups.map(({ now, because }) => [now, because]),
      [['unknown', 'The record does not tell the claims of tokens.']],
    );
  });

  test('masks: more, and less', async () => {
    const masks = inForce.replace('public.people.phone: redact', 'public.people.email: email');
    const { code, told } = await simulate(newFile(masks), ['--identity', 'crew-7']);
    assert.equal(code, 1);
    const { masks: changed = [] } = told.simulation ?? {};
    const some = changed.map(({ resource, was, now }) => `${resource}: ${was} ${now}`);
    assert.deepEqual(
      new Set(some),
      new Set(['public.people.email: null email', 'public.people.phone: redact null']),
    );
  });

  test('of a time, an identity or a target alone', async () => {
    const file = newFile(inForce);
    const of = async (...args: string[]) => (await simulate(file, args)).told.simulation?.commands;
    assert.equal(await of('--until', '1d'), 0);
    assert.equal(await of('--target', 'billing'), 0);
    assert.ok(((await of('--identity', 'crew-7')) ?? 0) < ((await of()) ?? 0));
  });

  test('what is wrong with the file is told as check tells it', async () => {
    const file = newFile(inForce.replace('reading,', 'reading, alow: 1,'));
    const { code, stdout } = await sallyport(['simulate', '--config', file], { local });
    const checked = await sallyport(['check', '--config', file], { local });
    assert.deepEqual([code, stdout], [1, checked.stdout]);
    const asked = await ofTheGateway(['--config', file]);
    assert.deepEqual([asked.code, asked.stdout], [1, checked.stdout]);
  });

  test('of the gateway gives the same, keeps nothing and resolves nothing', async () => {
    const text = withRules(
      '  - { name: no deletes, who: { kind: agent }, targets: [orders], deny: [write.delete] }',
    );
    const file = newFile(text.replace('fixture-password', '"${env:NOBODY_SETS_THIS}"'));
    const here = await sallyport(['simulate', '--config', file], { local });
    const there = await ofTheGateway(['--config', file]);
    assert.match(here.stdout, /allow -> deny {2}1 command {2}agent crew-7 on orders\n {2}DELETE FROM people/);
    assert.match(here.stdout, /sallyport replay s_\w+ {2}DELETE FROM people\n/);
    assert.deepEqual(there, here);
    assert.equal(readFileSync(gateway.configFile, 'utf8'), inForce);
    const client = await connect(gateway, { subject: 'crew-7' });
    await client.query('DELETE FROM people');
    await client.end();
  });

  test('nobody asks the gateway without the right', async () => {
    const { code, stderr } = await ofTheGateway(['--config', newFile(inForce)], ['crews']);
    assert.equal(code, 1);
    assert.match(stderr, /no rule lets sam do read\.simulate policy on sallyport/);
  });

  test('a folder without a record is said to be none', async () => {
    const { code, stderr } = await sallyport(
      ['simulate', '--config', newFile(inForce), '--data', gateway.dir],
      { local },
    );
    assert.equal(code, 1);
    assert.match(stderr, /there is no record in .*journal\nhint: Name the gateway's data folder with --data/);
  });
});
