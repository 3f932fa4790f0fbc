import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Event } from './core/event.ts';
import { exampleJournal } from '../test/fixtures/journal.ts';
import { simulate, type Simulating } from './simulate.ts';
import { SimulationThread } from './simulation-thread.ts';

const config = (rules: string): string => `
targets: { orders: { postgres: { host: db, database: orders }, credential: { static: { user: a, password: "\${env:NOBODY_SETS_THIS}" } } } }
identity: { local: true }
listen: { postgres: 6432 }
rules: ${rules}
`;
const none = config('[]');
const allowed = config('[{ name: all, who: { any: true }, targets: [orders], allow: [read] }]');

const opened = (session: string): Event => ({
  type: 'session.opened',
  session,
  protocol: 'postgres',
  client: 'c',
  target: 'orders',
  identity: { subject: 'crew-7', issuer: 'https://idp', kind: 'agent', groups: [] },
  chain: [{ groups: [] }],
});
const ran = (session: string, command: number): Event => ({
  type: 'command',
  session,
  command,
  text: 'SELECT 1',
  effects: ['read.select public.users'],
  verdict: 'allow',
  rules: ['all'],
});

/** A session from 8 to 10 o'clock, with a command at each hour, and another at 9. */
async function recorded(t: TestContext): Promise<Simulating> {
  const example = await exampleJournal(t);
  const journal = await example.open();
  const hours: readonly (readonly Event[])[] = [
    [opened('s1'), ran('s1', 1)],
    [ran('s1', 2), opened('s2'), ran('s2', 1)],
    [ran('s1', 3)],
  ];
  for (const events of hours) {
    for (const event of events) journal.append(event);
    await journal.commit();
    example.nowMs += 3_600_000;
  }
  await journal.close();
  return { dir: example.dir, file: '/etc/sallyport.yaml', text: none, limit: 10 };
}

describe('simulating over a journal', () => {
  const scopes: readonly [title: string, scope: Partial<Simulating>, commands: number][] = [
    ['all of it', {}, 4],
    ['since a time, of sessions that began before', { since: '2026-11-23T09:00:00.000Z' }, 3],
    ['until a time', { until: '2026-11-23T09:30:00.000Z' }, 3],
    ['an hour of it', { since: '2026-11-23T09:00:00.000Z', until: '2026-11-23T09:30:00.000Z' }, 2],
    ['what is still to come', { since: '2026-11-24T09:00:00.000Z' }, 0],
  ];
  for (const [title, scope, commands] of scopes) {
    test(title, async (t) => {
      const { simulation } = await simulate({ ...(await recorded(t)), ...scope });
      assert.equal(simulation?.commands, commands);
      assert.deepEqual(simulation.leftOut, {});
      assert.deepEqual(simulation.changes, commands === 0 ? [] : [{ was: 'allow', now: 'deny', commands }]);
    });
  }

  test('says what is wrong with the configuration, and reads nothing', async () => {
    const text = config('[{ name: r }]');
    const { problems, simulation } = await simulate({ dir: '/nowhere', file: '/etc/x.yaml', text, limit: 1 });
    assert.deepEqual(
      problems.map(({ line, message }) => [line, message]),
      [[5, 'rules[0].targets is missing (a list)']],
    );
    assert.equal(simulation, undefined);
  });

  test('tells nothing of files that it may not read', async (t) => {
    const scene = await recorded(t);
    const schema = (name: string, text: string) => writeFile(join(scene.dir, name), text);
    await Promise.all([
      schema('there.yaml', 'hidden'),
      schema('known.yaml', 'openapi: 3.1.0\n'),
      schema('there.gql', 'type {'),
    ]);
    const told = async (named: string) => {
      const text = none.replace(
        'targets: {',
        `targets: { shop: { http: { url: "https://shop.test", ${named} } },`,
      );
      const file = join(scene.dir, 'sallyport.yaml');
      const mayRead = [join(scene.dir, 'known.yaml')];
      const { problems } = await simulate({ ...scene, file, text, mayRead });
      return problems.map(({ message, hint }) => `${message} (${hint})`);
    };
    const cannot = (name: string) => [
      `${name} cannot be read (name one that is in force already, or run "sallyport simulate" beside the data folder)`,
    ];
    for (const name of ['there.yaml', 'none.yaml'])
      assert.deepEqual(await told(`openapi: ${name}`), cannot(name));
    for (const name of ['there.gql', 'none.gql']) {
      assert.deepEqual(await told(`graphql: { path: /graphql, schema: ${name} }`), cannot(name));
    }
    assert.deepEqual(await told('openapi: known.yaml'), []);
  });
});

describe('in a thread', () => {
  const never = new AbortController().signal;

  test('it is the same', async (t) => {
    const question = { ...(await recorded(t)), text: allowed };
    assert.deepEqual(await new SimulationThread().run(question, never), await simulate(question));
  });

  test('one runs at a time, and another one after it', async (t) => {
    const question = await recorded(t);
    const thread = new SimulationThread();
    const first = thread.run(question, never);
    await assert.rejects(thread.run(question, never), { code: 'limit_requests' });
    await first;
    assert.equal((await thread.run(question, never)).problems.length, 0);
  });

  test('it ends when nobody waits for it, or it takes too long', async (t) => {
    const question = await recorded(t);
    await assert.rejects(new SimulationThread().run(question, AbortSignal.abort()), { code: 'closed' });
    const gone = new AbortController();
    const left = new SimulationThread().run(question, gone.signal);
    gone.abort();
    await assert.rejects(left, { code: 'closed' });
    await assert.rejects(new SimulationThread(0).run(question, never), {
      code: 'limit_requests',
      message: /takes too long/,
    });
  });

  test('it is told where the journal is damaged, and never what stands in it', async (t) => {
    const question = await recorded(t);
    const file = join(question.dir, 'journal-00000001.ndjson');
    const line =
      '{"seq":1,"time":"2026-11-23T08:00:00.000Z","type":"command",hidden\n{"block":1,"prev":"","hash":"","events":1}\n';
    await writeFile(file, line);
    await assert.rejects(new SimulationThread().run(question, never), (error: Error) => {
      assert.doesNotMatch(error.message, /hidden/);
      return 'code' in error && error.code === 'internal';
    });
  });

  const hostile: readonly [title: string, text: string][] = [
    ['nested without end', `a: ${'['.repeat(5_000)}`],
    ['too long', `# ${'x'.repeat(2_000_000)}`],
    ['of anchors that grow', `a: &a [1,1]\nb: &b [${'*a,'.repeat(50)}*a]\nc: [${'*b,'.repeat(90)}*b]\n`],
    ['no YAML', '\u0000'],
  ];
  for (const [title, text] of hostile) {
    test(`a configuration that is ${title} is refused`, async (t) => {
      const answer = await new SimulationThread().run({ ...(await recorded(t)), text }, never);
      assert.ok(answer.problems.length > 0);
      assert.equal(answer.simulation, undefined);
    });
  }
});
