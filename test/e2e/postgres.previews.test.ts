import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Client } from 'pg';

import type { HoldView, Preview } from '../../src/core/approvals.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { GatewayProcess } from '../fixtures/gateway-process.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, requestCancel, send } from '../fixtures/wire-client.ts';

// `preview: run`: a held command runs before it is approved, and is committed or undone by the decision.

function holding(group: string, more: string): string {
  return `
  - name: ${group} write with a nod
    who: { groups: [${group}] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba] }
    wait: 10m
    ${more}`;
}
const rules = [
  '  - { name: all read, who: { any: true }, targets: [orders], allow: [read, execute] }',
  '  - { name: some see e-mail, who: { groups: [trusted] }, targets: [orders], reveal: [public.people.email] }',
  holding('crews', 'preview: run'),
  holding('hasty', 'preview: run\n    preview_for: 1ms'),
  holding('careful', 'preview: run'),
  holding('careful', '{}').replace('careful write', 'careful remove').replace('[write]', '[write.delete]'),
]
  .join('\n')
  .replace('    {}', '');

let server: PostgresServer;
let direct: Client;
let gateway: TestGateway;
let config: string;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE TABLE counts (id int PRIMARY KEY, n int, CONSTRAINT small CHECK (n < 1000));
    CREATE TABLE people (id int, part int, email text, note text, PRIMARY KEY (part, id));
    CREATE TABLE callers (id int PRIMARY KEY, phone text, note text);
    CREATE TABLE loose (n int);
    CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE ran (at text DEFAULT 'x');
    CREATE VIEW seen AS SELECT id, email AS mail, note FROM people;
    CREATE FUNCTION tells() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not %', OLD.email; END $$;
    CREATE TRIGGER tells BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION tells();
    CREATE FUNCTION shouts() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN FOR i IN 1..3000 LOOP RAISE NOTICE '%', repeat('x', 1000); END LOOP; RETURN NEW; END $$;
    CREATE TABLE loud (n int); INSERT INTO loud VALUES (1);
    CREATE TRIGGER shouts BEFORE UPDATE ON loud FOR EACH ROW EXECUTE FUNCTION shouts();
    CREATE FUNCTION noisy() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE NOTICE 'seen: %', NEW.n; RETURN NEW; END $$;
    CREATE TRIGGER noisy BEFORE UPDATE ON loose FOR EACH ROW EXECUTE FUNCTION noisy()`);
  config = shopConfig({ port: server.port, rules, more: '' }).replace(
    'rules:\n',
    'sensitive:\n  orders: { public.people.email: email, public.callers.phone: token }\ndetect:\n  - { find: [iban], mask: redact, targets: [orders] }\nrules:\n',
  );
  gateway = await startTestGateway(config);
});
beforeEach(() =>
  direct.query(`
    TRUNCATE counts, people, callers, loose, late, ran;
    INSERT INTO callers VALUES (1, '+44 20 7946 0018');
    INSERT INTO counts SELECT i, 0 FROM generate_series(1, 9) AS i;
    INSERT INTO people VALUES (1, 1, 'ada@acme.test', 'GB33BUKB20201555555555'), (2, 1, 'bob@acme.test', NULL);
    INSERT INTO loose VALUES (1), (2);
    INSERT INTO late VALUES (1), (2)`),
);
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

const dba = {
  subject: 'dba-1',
  kind: 'human',
  groups: ['dba'],
  issuer: 'sallyport',
  claims: {},
  expiresAtMs: Date.now() + 3_600_000,
} as const;

function waitingHold(): Promise<HoldView> {
  return until('a hold', async () =>
    (await gateway.gateway.approvals.list({ status: 'pending' })).find(({ waiting }) => waiting),
  );
}

function decide(approvalId: string, decision: 'approve' | 'deny' = 'approve') {
  return gateway.gateway.approvals.decide({ approvalId, by: dba, decision });
}

async function withClient(who: Who, use: (client: Visitor) => Promise<void>): Promise<void> {
  const client = await connect(gateway, who);
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

async function wire(who: Who = {}): Promise<WireClient> {
  const client = await WireClient.login({
    port: gateway.port,
    database: 'orders',
    password: await gateway.token(who),
  });
  client.take();
  return client;
}

/** What everybody else sees. */
async function sum(): Promise<number> {
  const { rows } = await direct.query<{ n: string }>('SELECT sum(n) AS n FROM counts');
  return Number(rows[0]?.n);
}

/** Whether a row can be changed by others. */
async function isFree(id = 1): Promise<boolean> {
  const { rows } = await direct.query('SELECT 1 FROM counts WHERE id = $1 FOR UPDATE SKIP LOCKED', [id]);
  return rows.length === 1;
}

async function typesSince(seq: number): Promise<string[]> {
  const events = (await gateway.events()).filter((event) => event.seq > seq);
  return events.flatMap((event) => {
    if (event.type === 'preview.ended') return [`preview.ended ${event.outcome}`];
    return /^(command|hold|result|preview)/.test(event.type) ? [event.type] : [];
  });
}

async function newest(): Promise<number> {
  return (await gateway.events()).at(-1)?.seq ?? 0;
}

const update = 'UPDATE counts SET n = n + 1 WHERE id = 1 RETURNING n';

interface Case {
  readonly what: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly shows: Pick<Preview, 'rows' | 'columns' | 'sample'>;
  readonly answer: readonly unknown[][];
  readonly tag: string;
}

const cases: readonly Case[] = [
  {
    what: 'an UPDATE',
    text: update,
    shows: { rows: 1, columns: ['id', 'n'], sample: [{ before: ['1', '0'], after: ['1', '1'] }] },
    answer: [[1]],
    tag: 'UPDATE 1',
  },
  {
    what: 'an UPDATE with parameters',
    text: 'UPDATE counts SET n = $1 WHERE id > $2 AND id < 5',
    values: [7, 2],
    shows: {
      rows: 2,
      columns: ['id', 'n'],
      sample: [
        { before: ['3', '0'], after: ['3', '7'] },
        { before: ['4', '0'], after: ['4', '7'] },
      ],
    },
    answer: [],
    tag: 'UPDATE 2',
  },
  {
    what: 'an UPDATE of nothing',
    text: 'UPDATE counts SET n = 1 WHERE id = 99',
    shows: { rows: 0, columns: [], sample: [] },
    answer: [],
    tag: 'UPDATE 0',
  },
  {
    what: 'a DELETE',
    text: 'DELETE FROM counts AS c WHERE c.id IN (SELECT max(id) FROM counts)',
    shows: { rows: 1, columns: ['id', 'n'], sample: [{ before: ['9', '0'], after: null }] },
    answer: [],
    tag: 'DELETE 1',
  },
  {
    what: 'an INSERT',
    text: 'INSERT INTO counts VALUES ($1, 5)',
    values: [20],
    shows: { rows: 1, columns: ['id', 'n'], sample: [{ before: null, after: ['20', '5'] }] },
    answer: [],
    tag: 'INSERT 0 1',
  },
  {
    what: 'an INSERT that becomes an UPDATE',
    text: 'INSERT INTO counts VALUES (2, 5) ON CONFLICT (id) DO UPDATE SET n = 8',
    shows: { rows: 1, columns: ['id', 'n'], sample: [{ before: ['2', '0'], after: ['2', '8'] }] },
    answer: [],
    tag: 'INSERT 0 1',
  },
  {
    what: 'a MERGE',
    text: `MERGE INTO counts USING (VALUES (3)) AS v (id) ON counts.id = v.id
      WHEN MATCHED THEN UPDATE SET n = 4 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 1)`,
    shows: { rows: 1, columns: ['id', 'n'], sample: [{ before: ['3', '0'], after: ['3', '4'] }] },
    answer: [],
    tag: 'MERGE 1',
  },
  {
    what: 'values that are hidden or found, in a table with a key of two columns',
    text: "UPDATE people SET note = 'plain' WHERE id = 1 RETURNING email, note",
    shows: {
      rows: 1,
      columns: ['id', 'part', 'email', 'note'],
      sample: [
        {
          before: ['1', '1', 'a***@***.test', '[redacted]'],
          after: ['1', '1', 'a***@***.test', 'plain'],
        },
      ],
    },
    answer: [['a***@***.test', 'plain']],
    tag: 'UPDATE 1',
  },
  {
    what: 'a table without a key',
    text: 'UPDATE loose SET n = 5 WHERE n = 1',
    shows: { rows: 1, columns: ['n'], sample: [{ before: ['1'], after: null }] },
    answer: [],
    tag: 'UPDATE 1',
  },
];

describe('a held command that runs beforehand', () => {
  for (const { what, text, values, shows, answer, tag } of cases) {
    for (const protocol of ['simple', 'extended'] as const) {
      if (protocol === 'simple' && values !== undefined) continue;
      test(`${what}, by the ${protocol} protocol: shown, and committed once when approved`, async () => {
        const seq = await newest();
        await withClient({}, async (client) => {
          const extended = protocol === 'simple' ? {} : { values: [...(values ?? [])], name: 'a name' };
          const asked = client.query({ text, rowMode: 'array', ...extended });
          asked.catch(() => undefined);
          const { id, preview, estimate } = await waitingHold();
          const { keptUntil, ...shown } = preview ?? assert.fail('no preview');
          assert.deepEqual(shown, { ...shows, failed: null });
          assert.ok(keptUntil !== null && keptUntil > Date.now());
          assert.equal(estimate, null);
          assert.deepEqual(await typesSince(seq), ['command.previewed', 'hold.opened']);
          await decide(id);
          const { rows, command, rowCount } = await asked;
          assert.deepEqual(rows, answer);
          assert.equal(tag, `${command}${command === 'INSERT' ? ' 0' : ''} ${rowCount}`);
          // The session is as any other afterwards.
          assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
        });
        const told = [
          'hold.decided',
          'hold.ended',
          'command',
          'result',
          'preview.ended kept',
          'command',
          'result',
        ];
        assert.deepEqual((await typesSince(seq)).slice(2), told);
      });
    }
  }

  test('is committed, not run again: what it has seen then is what stands', async () => {
    await withClient({}, async (client) => {
      const asked = client.query('UPDATE counts SET n = n + 1 WHERE n = 0');
      const { id, preview } = await waitingHold();
      assert.equal(preview?.rows, 9);
      await direct.query('INSERT INTO counts VALUES (50, 0)');
      await decide(id);
      assert.equal((await asked).rowCount, 9);
      assert.equal(await sum(), 9);
    });
  });

  test('is seen by nobody before, and locks what it has changed', async () => {
    await withClient({}, async (client) => {
      const asked = client.query(update);
      const { id } = await waitingHold();
      assert.equal(await sum(), 0);
      assert.equal(await isFree(1), false);
      assert.equal(await isFree(2), true);
      await decide(id);
      await asked;
      assert.deepEqual([await sum(), await isFree(1)], [1, true]);
    });
  });

  test('is not shown to whoever asked, and leaves no values in the record', async () => {
    await withClient({ claims: { owner: 'ann@acme.test' } }, async (client) => {
      const asked = refusal(client.query("UPDATE people SET note = 'x' WHERE id = 2"));
      const { id } = await waitingHold();
      const ann = { ...dba, subject: 'ann@acme.test' };
      assert.equal((await gateway.gateway.approvals.get(id, ann)).preview, null);
      assert.notEqual((await gateway.gateway.approvals.get(id, dba)).preview, null);
      await decide(id, 'deny');
      await asked;
      assert.doesNotMatch(JSON.stringify(await gateway.events()), /bob@|b\*\*\*@/);
    });
  });

  test('shows an approver nothing that a rule reveals to whoever asked', async () => {
    await withClient({ groups: ['crews', 'trusted'] }, async (client) => {
      const asked = client.query("UPDATE people SET note = 'x' WHERE id = 2 RETURNING email");
      const { id, preview } = await waitingHold();
      assert.deepEqual(preview?.sample[0]?.before, ['2', '1', 'b***@***.test', null]);
      await decide(id);
      assert.deepEqual((await asked).rows, [{ email: 'bob@acme.test' }]);
    });
  });

  test('tells its client of nothing before it is approved, notices neither', async () => {
    const client = await wire();
    client.write(send.query('UPDATE loose SET n = 7 WHERE n = 2 RETURNING n'));
    const { id } = await waitingHold();
    await client.until((line) => line.startsWith('NoticeResponse'));
    const [held, ...others] = client.take();
    assert.match(held ?? '', /held until somebody approves it/);
    assert.deepEqual(others, []);
    await decide(id);
    const told = await client.upTo('ReadyForQuery');
    assert.deepEqual(
      told.map((line) => line.replace(/withheld.*/, 'withheld')),
      [
        'RowDescription n',
        'NoticeResponse 00000 withheld',
        'DataRow 7',
        'CommandComplete UPDATE 1',
        'ReadyForQuery I',
      ],
    );
    await client.close();
  });

  test('goes before what was pipelined behind it, in the same transaction and in the next', async () => {
    const client = await wire();
    client.write(
      send.run(update),
      send.run('SELECT n FROM counts WHERE id = 1'),
      send.sync(),
      send.query('SELECT n + 10 FROM counts WHERE id = 1'),
    );
    const { id, preview } = await waitingHold();
    assert.equal(preview?.rows, 1);
    await decide(id);
    let left = 2;
    await client.until((line) => line.startsWith('ReadyForQuery') && --left === 0);
    const said = client.take().filter((line) => /^(DataRow|CommandComplete|ErrorResponse)/.test(line));
    assert.deepEqual(said, [
      'DataRow 1',
      'CommandComplete UPDATE 1',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'DataRow 11',
      'CommandComplete SELECT 1',
    ]);
    await client.close();
  });

  test('whose commit fails is told so, and nothing of it is done', async () => {
    await withClient({}, async (client) => {
      for (const values of [undefined, []]) {
        const asked = client.query({ text: 'UPDATE late SET n = 2', ...(values && { values }) });
        const { id, preview } = await waitingHold();
        assert.equal(preview?.rows, 2);
        await decide(id);
        await assert.rejects(asked, { code: '23505' });
        assert.deepEqual((await direct.query('SELECT n FROM late ORDER BY n')).rows, [{ n: 1 }, { n: 2 }]);
        assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
      }
    });
  });
});

describe('a session with a role of its own', () => {
  let own: TestGateway;

  before(async () => {
    await direct.query(`
      CREATE ROLE shop_rw; GRANT USAGE ON SCHEMA public TO shop_rw;
      GRANT SELECT, UPDATE ON counts TO shop_rw; GRANT INSERT ON ran TO shop_rw; GRANT UPDATE (n) ON loose TO shop_rw;
      CREATE ROLE minter LOGIN CREATEROLE PASSWORD 'minter-password'; GRANT shop_rw TO minter WITH ADMIN OPTION`);
    const minted = `mint: { admin: "postgresql://minter:minter-password@127.0.0.1:${server.port}/postgres", member_of: [shop_rw] }`;
    own = await startTestGateway(config.replace(/static: \{[^}]*\}/, minted));
  });
  after(() => own?.stop());

  const rows: readonly [what: string, text: string, sample: Preview['sample']][] = [
    ['what it may read', 'UPDATE counts SET n = 3 WHERE id = 2', [{ before: ['2', '0'], after: ['2', '3'] }]],
    ['nothing of what it may not read, and is kept all the same', "INSERT INTO ran VALUES ('y')", []],
    ['nothing where it may only write', 'UPDATE loose SET n = 8', []],
  ];
  for (const [what, text, sample] of rows) {
    test(`shows ${what}`, async () => {
      const client = await connect(own);
      try {
        const asked = client.query(text);
        const hold = await until('a hold', async () =>
          (await own.gateway.approvals.list({ status: 'pending' })).find(({ waiting }) => waiting),
        );
        assert.deepEqual(hold.preview?.sample, sample);
        assert.notEqual(hold.preview?.keptUntil, null);
        await own.gateway.approvals.decide({ approvalId: hold.id, by: dba, decision: 'approve' });
        assert.equal((await asked).rowCount, hold.preview?.rows);
      } finally {
        await client.end();
      }
    });
  }
});

describe('a run that is undone', () => {
  /** Leaves nothing: no change, no lock, no open transaction. */
  async function nothingIsLeft(): Promise<void> {
    await until('the end of its locks', async () => (await isFree(1)) || undefined);
    assert.equal(await sum(), 0);
  }

  for (const values of [undefined, [] as unknown[]]) {
    const protocol = values === undefined ? 'simple' : 'extended';

    test(`is undone when denied, and its session goes on (${protocol})`, async () => {
      await withClient({}, async (client) => {
        const asked = refusal(client.query({ text: update, ...(values && { values }) }));
        const { id, preview } = await waitingHold();
        assert.equal(preview?.rows, 1);
        await decide(id, 'deny');
        assert.equal((await asked).code, 'hold_denied');
        await nothingIsLeft();
        assert.deepEqual(await client.rows('SELECT count(*)::int FROM counts'), [[9]]);
      });
    });

    test(`is undone when its time is over, and runs anew, once, when approved after that (${protocol})`, async () => {
      const seq = await newest();
      await withClient({ groups: ['hasty'] }, async (client) => {
        for (const expected of [1, 2]) {
          const asked = client.query({ text: update, ...(values && { values, name: 'again' }) });
          const { id, preview } = await waitingHold();
          assert.equal(preview?.rows, 1);
          await until('its end', async () => (await typesSince(seq)).at(-1) === 'preview.ended undone');
          assert.equal(await sum(), expected - 1);
          assert.equal(await isFree(1), true);
          await decide(id);
          assert.deepEqual((await asked).rows, [{ n: expected }]);
          assert.equal(await sum(), expected);
        }
      });
    });

    test(`that has failed is shown so, and fails for its client once it is approved (${protocol})`, async () => {
      await withClient({}, async (client) => {
        const text = 'UPDATE counts SET n = 1000 WHERE id = 1';
        const asked = client.query({ text, ...(values && { values }) });
        const { id, preview } = await waitingHold();
        assert.match(preview?.failed ?? '', /^23514: .*violates check constraint "small"/);
        assert.equal(preview?.keptUntil, null);
        await decide(id);
        await assert.rejects(asked, { code: '23514' });
        assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
      });
    });

    test(`is undone when its answer is too large to be kept, and runs anew (${protocol})`, async () => {
      await direct.query('INSERT INTO counts SELECT i, 0 FROM generate_series(100, 60000) AS i');
      await withClient({}, async (client) => {
        const text = "UPDATE counts SET n = 1 WHERE id > 99 RETURNING id, repeat('x', 100)";
        const asked = client.query({ text, ...(values && { values }) });
        const { id, preview } = await waitingHold();
        assert.deepEqual([preview?.rows, preview?.keptUntil, preview?.sample.length], [59_901, null, 5]);
        assert.equal(await sum(), 0);
        await decide(id);
        assert.equal((await asked).rows.length, 59_901);
        assert.equal(await sum(), 59_901);
      });
    });
  }

  test('when its client leaves', async () => {
    const client = await wire();
    client.write(send.query(update));
    const { id } = await waitingHold();
    client.socket.destroy();
    await nothingIsLeft();
    await until(
      'the withdrawal',
      async () => (await gateway.gateway.approvals.get(id)).state === 'withdrawn',
    );
  });

  test('when its client cancels, and the session goes on', async () => {
    const client = await wire();
    client.write(send.query(update));
    await waitingHold();
    await requestCancel(gateway.port, client.key);
    assert.match(
      (await client.upTo('ReadyForQuery')).join('\n'),
      /57014 Sallyport: the held command was cancelled/,
    );
    await nothingIsLeft();
    assert.deepEqual((await client.query('SELECT 1')).slice(1, 2), ['DataRow 1']);
    await client.close();
  });

  test('when its session is killed', async () => {
    const client = await wire();
    client.write(send.query(update));
    const { session } = await waitingHold();
    gateway.gateway.live.kill(session, 'ann');
    await nothingIsLeft();
    await client.rest();
    const told = await until('its end', async () => {
      const of = (await gateway.events()).filter((event) => 'session' in event && event.session === session);
      const types = of
        .map(({ type }) => type)
        .filter((type) => /^(command\.p|preview|session\.c)/.test(type));
      return types.at(-1) === 'session.closed' ? types : undefined;
    });
    assert.deepEqual(told, ['command.previewed', 'preview.ended', 'session.closed']);
  });

  const leaving: readonly [how: string, leave: (client: WireClient) => unknown][] = [
    ['its client cancels', (client) => requestCancel(gateway.port, client.key)],
    ['its client leaves', (client) => void client.socket.destroy()],
    [
      'its session is killed',
      () => gateway.gateway.live.list().map(({ id }) => gateway.gateway.live.kill(id, 'ann')),
    ],
  ];
  for (const [how, leave] of leaving) {
    test(`while it still runs, and ${how}`, async () => {
      await direct.query('BEGIN; UPDATE counts SET n = 0 WHERE id = 2');
      const client = await wire();
      try {
        client.write(send.query('UPDATE counts SET n = 1 WHERE id IN (1, 2)'));
        await until('it to wait', async () => {
          const { rows: waits } = await direct.query('SELECT 1 FROM pg_locks WHERE NOT granted');
          return waits.length > 0 || undefined;
        });
        await leave(client);
        await until('the end of its locks', async () => (await isFree(1)) || undefined);
        if (!client.ended && how.includes('cancels')) {
          assert.match(
            (await client.upTo('ReadyForQuery')).join('\n'),
            /57014 Sallyport: the held command was cancelled/,
          );
          assert.deepEqual((await client.query('SELECT 1')).slice(1, 2), ['DataRow 1']);
        }
      } finally {
        await direct.query('COMMIT');
        await client.close();
      }
      assert.equal(await sum(), 0);
    });
  }

  test('when a policy that has turned to deny wins over an approval', async () => {
    const own = await startTestGateway(config);
    const client = await connect(own);
    const asked = refusal(client.query(update));
    const { approvals } = own.gateway;
    const [hold] = await until('a hold', async () => {
      const found = await approvals.list({ status: 'pending' });
      return found.length === 0 ? undefined : found;
    });
    own.rewrite(`${config}\n  - { name: frozen, targets: ["*"], deny: [write], because: Frozen. }\n`);
    await until('the rule', async () => (await own.events()).some(({ type }) => type === 'config.loaded'));
    await approvals.decide({ approvalId: hold?.id ?? '', by: dba, decision: 'approve' });
    assert.equal((await asked).code, 'denied');
    await nothingIsLeft();
    await client.end();
    await own.stop();
  });
});

describe('against whom wants more of it', () => {
  test('a name that stands for another statement by then runs nothing that nobody agreed to', async () => {
    const client = await wire({ groups: ['hasty'] });
    client.write(
      send.parse('', update),
      send.bind(),
      send.parse('', 'DELETE FROM counts WHERE id < 5 AND n < 1'),
      send.execute(),
      send.sync(),
    );
    const { id, text, preview } = await waitingHold();
    assert.deepEqual([text, preview], [update, null]);
    await decide(id);
    const said = await client.upTo('ReadyForQuery');
    assert.ok(said.includes('CommandComplete UPDATE 1'), said.join('\n'));
    assert.deepEqual((await direct.query('SELECT count(*)::int AS n FROM counts')).rows, [{ n: 9 }]);
    await client.close();
  });

  test('a portal of several that are bound is not bound anew alone', async () => {
    const client = await wire({ groups: ['hasty'] });
    client.write(
      send.parse('one', update),
      send.parse('other', 'SELECT 7'),
      send.bind('one', 'p1'),
      send.bind('other', 'p2'),
      send.execute('p1'),
      send.execute('p2'),
      send.sync(),
    );
    const { id, preview } = await waitingHold();
    assert.equal(preview, null);
    await decide(id);
    const said = await client.upTo('ReadyForQuery');
    assert.deepEqual(
      said.filter((line) => line.startsWith('CommandComplete')),
      ['CommandComplete UPDATE 1', 'CommandComplete SELECT 1'],
    );
    await client.close();
  });

  test('an error that a function words tells an approver no hidden value', async () => {
    await withClient({}, async (client) => {
      const asked = refusal(client.query('DELETE FROM people WHERE id = 1'));
      const { id, preview } = await waitingHold();
      assert.equal(preview?.failed, 'P0001: withheld by Sallyport: it may carry hidden values');
      await decide(id, 'deny');
      await asked;
    });
  });

  test('a view that calls a hidden column otherwise is counted, and shows nothing', async () => {
    await withClient({}, async (client) => {
      for (const text of ["UPDATE seen SET note = 'x' WHERE id = 1", 'INSERT INTO seen (id) VALUES (9)']) {
        const asked = client.query(text).catch((error: unknown) => error);
        const { id, preview } = await waitingHold();
        assert.deepEqual(preview?.sample, []);
        assert.doesNotMatch(JSON.stringify(preview), /@acme/);
        await decide(id);
        await asked;
      }
    });
  });

  test('notices without an end are not kept', async () => {
    await withClient({}, async (client) => {
      const asked = client.query('UPDATE loud SET n = 2');
      const { id, preview } = await waitingHold();
      assert.deepEqual([preview?.rows, preview?.keptUntil], [1, null]);
      await decide(id);
      assert.equal((await asked).rowCount, 1);
    });
  });

  test('a token in the text is what it stands for, and is shown as it is', async () => {
    await withClient({}, async (client) => {
      const [[phone] = []] = await client.rows('SELECT phone FROM callers WHERE id = 1');
      assert.match(String(phone), /^tok_/);
      const asked = client.query(`UPDATE callers SET note = 'called' WHERE phone = '${String(phone)}'`);
      const { id, preview } = await waitingHold();
      assert.equal(preview?.rows, 1);
      assert.equal(preview.sample[0]?.after?.[1], phone);
      await decide(id);
      assert.equal((await asked).rowCount, 1);
      assert.deepEqual(await client.rows("SELECT id FROM callers WHERE note = 'called'"), [[1]]);
    });
  });

  test('a gateway that is killed leaves nothing behind', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-previews-'));
    writeFileSync(join(dir, 'sallyport.yaml'), config);
    const own = await GatewayProcess.start(dir);
    try {
      const client = await WireClient.login({
        port: own.port,
        database: 'orders',
        password: await own.token(),
      });
      client.take();
      client.write(send.query(update));
      await client.until((line) => line.startsWith('NoticeResponse'));
      assert.equal(await isFree(1), false);
      await own.stop('SIGKILL');
      await until('the end of its locks', async () => (await isFree(1)) || undefined);
      assert.equal(await sum(), 0);
    } finally {
      await own.stop('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('a command is not run beforehand', () => {
  const rows: readonly (readonly [what: string, first: readonly string[], text: string, who?: Who])[] = [
    ['within a transaction of the client’s', ['BEGIN'], 'UPDATE counts SET n = 1 WHERE id = 1'],
    ['of several statements', [], 'UPDATE counts SET n = 1; UPDATE counts SET n = 2'],
    ['that writes to two tables', [], 'WITH a AS (INSERT INTO ran DEFAULT VALUES) UPDATE counts SET n = 1'],
    ['that is no INSERT, UPDATE, DELETE or MERGE', [], 'TRUNCATE counts'],
    ['held by a rule, too, that does not want it', [], 'DELETE FROM counts', { groups: ['careful'] }],
  ];
  for (const [what, first, text, who] of rows) {
    test(what, async () => {
      const seq = await newest();
      await withClient(who ?? {}, async (client) => {
        for (const one of first) await client.query(one);
        const asked = refusal(client.query(text));
        const { id, preview } = await waitingHold();
        assert.equal(preview, null);
        assert.ok(!(await typesSince(seq)).includes('command.previewed'));
        assert.equal(await isFree(1), true);
        await decide(id, 'deny');
        await asked;
      });
    });
  }

  test('behind another one of the same pipeline', async () => {
    const client = await wire();
    client.write(send.run('SELECT 1'), send.run(update), send.sync());
    const { id, preview } = await waitingHold();
    assert.equal(preview, null);
    await decide(id);
    const said = (await client.upTo('ReadyForQuery')).filter((line) => line.startsWith('CommandComplete'));
    assert.deepEqual(said, ['CommandComplete SELECT 1', 'CommandComplete UPDATE 1']);
    assert.equal(await sum(), 1);
    await client.close();
  });

  test('while another of the same identity is kept, and after that it is again', async () => {
    await withClient({}, async (one) => {
      const first = one.query(update);
      const { id } = await waitingHold();
      await withClient({}, async (other) => {
        const asked = other.query('UPDATE counts SET n = 1 WHERE id = 2');
        const second = await until('another hold', async () =>
          (await gateway.gateway.approvals.list({ status: 'pending' })).find((hold) => hold.id !== id),
        );
        assert.deepEqual([second.preview, second.estimate?.rows], [null, 1]);
        await decide(id);
        await first;
        await decide(second.id);
        await asked;
        const third = other.query(update);
        const hold = await waitingHold();
        assert.equal(hold.preview?.rows, 1);
        await decide(hold.id);
        await third;
      });
    });
  });

  test('for longer than a few seconds: what waits for a lock is stopped', async () => {
    await direct.query('BEGIN; UPDATE counts SET n = 0 WHERE id = 1');
    await withClient({}, async (client) => {
      const asked = client.query(update);
      const { id, preview } = await waitingHold();
      assert.equal(preview?.failed, 'it was not done within 5 s');
      await direct.query('COMMIT');
      await decide(id);
      assert.equal((await asked).rowCount, 1);
      assert.equal(await sum(), 1);
    });
  });
});

// Last: from then on, every `=` on this server counts as what it could call.
test('what is shown is found by no operator of a user’s, which could keep what it is given', async () => {
  await direct.query(`
    CREATE SCHEMA sly;
    CREATE TABLE sly.kept (what text);
    CREATE FUNCTION sly.same(int, int) RETURNS bool LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO sly.kept VALUES ($1::text); RETURN true; END $$;
    CREATE FUNCTION sly.same(xid, xid) RETURNS bool LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO sly.kept VALUES ($1::text); RETURN true; END $$;
    CREATE OPERATOR sly.= (FUNCTION = sly.same, LEFTARG = int, RIGHTARG = int);
    CREATE OPERATOR sly.= (FUNCTION = sly.same, LEFTARG = xid, RIGHTARG = xid)`);
  const rows: readonly [text: string, shown: number][] = [
    ['UPDATE counts SET n = 3', 5],
    ['INSERT INTO counts VALUES (10, 3)', 1],
  ];
  await withClient({}, async (client) => {
    await client.query('SET search_path = sly, pg_catalog, public');
    for (const [text, shown] of rows) {
      const asked = client.query(text);
      const { id, preview } = await waitingHold();
      assert.equal(preview?.sample.filter(({ after: row }) => row !== null).length, shown, text);
      await decide(id);
      await asked;
    }
  });
  const { rows: kept } = await direct.query('SELECT * FROM sly.kept');
  assert.deepEqual(kept, []);
});
