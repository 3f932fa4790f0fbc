import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../test/fixtures/postgres-server.ts';
import type { Event } from '../core/event.ts';
import type { Identity } from '../core/identity.ts';
import type { Journal, Lease } from '../core/ports.ts';
import type { PostgresTarget } from '../core/target.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { Leases } from './leases.ts';
import { Reaper } from './reaper.ts';

let server: PostgresServer;
let owner: Client;
let folder: string;
let store: Store;
let events: Event[];
let reports: string[];
let open: Leases[];

before(async () => {
  server = await startPostgres();
  await once('postgres', 'CREATE DATABASE "odd ""shop"');
  await once(
    'odd "shop',
    `CREATE ROLE app_rw; CREATE ROLE "odd ""role"; GRANT CREATE, USAGE ON SCHEMA public TO app_rw;
     CREATE ROLE makes_roles LOGIN CREATEROLE PASSWORD 'makes';
     GRANT app_rw, "odd ""role" TO makes_roles WITH ADMIN OPTION`,
  );
});

after(() => server.stop());

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-leases-'));
  store = await openSqliteStore(join(folder, 'sallyport.db'));
  owner = await connect({ user: server.user, password: server.password });
  [events, reports, open] = [[], [], []];
});

afterEach(async () => {
  await Promise.all(open.map((leases) => leases.close()));
  await owner.end();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function connect(as: { user: string; password: string }, database = 'odd "shop'): Promise<Client> {
  const client = new Client({ ...as, host: server.host, port: server.port, database });
  // Being terminated is part of the play.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function once(database: string, sql: string): Promise<void> {
  const client = await connect({ user: server.user, password: server.password }, database);
  await client.query(sql).finally(() => client.end());
}

function target(memberOf: readonly string[] = ['app_rw'], name = 'orders'): PostgresTarget {
  return {
    name,
    protocol: 'postgres',
    address: { host: server.host, port: server.port, database: 'odd "shop', tls: 'prefer' },
    credential: { kind: 'mint', admin: '${env:ADMIN}', memberOf },
    labels: {},
    sensitive: new Map(),
    detect: [],
  };
}

const identity: Identity = {
  subject: 'agent-1',
  issuer: 'https://idp',
  kind: 'agent',
  groups: [],
  claims: {},
  expiresAtMs: Date.UTC(2100, 0, 1),
};

const journal: Journal = {
  losses: 0,
  append: () => assert.fail('a lease is a fact, not an intention'),
  note: (event) => void events.push(event),
  commit: () => undefined,
};

const url = {
  superuser: () => server.url(),
  'an administrator who may only make roles': () =>
    `postgresql://makes_roles:makes@${server.host}:${server.port}/postgres`,
} as const;

interface GatewayOptions {
  readonly admin?: () => string;
  readonly instance?: string;
  readonly installation?: string;
  readonly targets?: readonly PostgresTarget[];
}

function gateway({
  admin = url.superuser,
  instance = 'one',
  installation = store.installation,
  targets = [target()],
}: GatewayOptions = {}): { leases: Leases; reaper: Reaper } {
  const clock = { now: () => 1_000 };
  const report = (message: string): void => void reports.push(message);
  const { leases: records, instances } = store;
  const options = { records, journal, clock, installation, instance, report };
  const leases = new Leases({ ...options, resolveSecret: async () => admin() });
  open.push(leases);
  const { roles } = leases;
  return { leases, reaper: new Reaper({ ...options, roles, instances, targets: () => targets }) };
}

function lease(
  leases: Leases,
  more: { target?: PostgresTarget; readOnly?: boolean; identity?: Identity } = {},
) {
  return leases.lease({ sessionId: 's1', identity, target: target(), readOnly: false, ...more });
}

async function rolesThere(): Promise<string[]> {
  const { rows } = await owner.query(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'sp\\_%' ORDER BY 1`);
  return rows.map(({ rolname }) => rolname);
}

async function logIn({ user, password }: Lease): Promise<Client> {
  return connect({ user, password: password ?? '' });
}

for (const [who, admin] of Object.entries(url)) {
  describe(`a role minted by ${who}`, () => {
    test('lets in, is what it should be, and is gone at the end with its connections', async () => {
      const { leases } = gateway({ admin });
      const made = await lease(leases);
      const client = await logIn(made);
      const { rows } = await owner.query(
        `SELECT a.*, m.rolname AS member_of FROM pg_authid a JOIN pg_auth_members ON member = a.oid
         JOIN pg_roles m ON m.oid = roleid WHERE a.rolname = $1`,
        [made.user],
      );
      const [role] = rows;
      assert.equal(rows.length, 1);
      assert.equal(role.member_of, 'app_rw');
      assert.equal(role.rolconnlimit, 4);
      assert.equal(role.rolvaliduntil.getTime(), identity.expiresAtMs);
      assert.deepEqual(
        [role.rolsuper, role.rolcreaterole, role.rolcreatedb, role.rolreplication, role.rolbypassrls],
        [false, false, false, false, false],
      );
      // Had the server made the verifier from a clear password, it would have its own 4096 iterations.
      assert.match(role.rolpassword, /^SCRAM-SHA-256\$1:/);
      assert.deepEqual(
        (await store.leases.list()).map(({ user, state, session }) => [user, state, session]),
        [[made.user, 'live', 's1']],
      );

      const ended = new Promise((resolve) => client.once('end', resolve));
      await made.end();
      await made.end();
      await ended;
      assert.deepEqual(await rolesThere(), []);
      assert.deepEqual(await store.leases.list(), []);
      assert.deepEqual(
        events.map(({ type }) => type),
        ['lease.made', 'lease.ended'],
      );
      await assert.rejects(logIn(made));
    });

    test('gives what it owns to the role it was a member of', async () => {
      const { leases } = gateway({ admin });
      const made = await lease(leases);
      const client = await logIn(made);
      await client.query(
        'CREATE TABLE kept (a int); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE TEMP TABLE t (a int)',
      );
      await made.end();
      assert.deepEqual(await rolesThere(), [], reports.join());
      const { rows } = await owner.query(`SELECT tableowner FROM pg_tables WHERE tablename = 'kept'`);
      assert.deepEqual(rows, [{ tableowner: 'app_rw' }]);
      await owner.query('DROP TABLE kept');
    });

    test('stays, locked, where there is nobody to give what it owns to', async () => {
      await owner.query('GRANT CREATE ON SCHEMA public TO PUBLIC');
      const { leases } = gateway({ admin });
      const made = await lease(leases, { target: target([]) });
      const client = await logIn(made);
      await client.query(`CREATE FUNCTION trap() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'`);
      await made.end();
      assert.deepEqual(await rolesThere(), [made.user]);
      const [left] = await store.leases.list();
      assert.equal(left?.state, 'ending');
      assert.match(left?.error ?? '', /owns things.*function trap\(\)/s);
      assert.equal(reports.length, 1);
      await assert.rejects(logIn(made), /not permitted to log in/);

      await owner.query('DROP FUNCTION trap(); REVOKE CREATE ON SCHEMA public FROM PUBLIC');
      const { reaper } = gateway({ admin, targets: [target([])] });
      await reaper.sweep();
      assert.deepEqual(await rolesThere(), [], 'once nothing depends on it, the reaper drops it');
      assert.deepEqual(await store.leases.list(), []);
    });

    test('many at once do not disturb each other', async () => {
      const { leases } = gateway({ admin });
      const made = await Promise.all(Array.from({ length: 12 }, () => lease(leases)));
      assert.equal((await rolesThere()).length, 12);
      await Promise.all(made.map((one) => one.end()));
      assert.deepEqual(await rolesThere(), [], reports.join());
    });
  });
}

describe('minting', () => {
  test('read only, for an identity that may not write', async () => {
    const { leases } = gateway();
    const made = await lease(leases, { readOnly: true });
    const client = await logIn(made);
    await assert.rejects(client.query('CREATE TABLE t (a int)'), /read-only transaction/);
    await client.end();
    await made.end();
  });

  test('quotes odd names, and knows proofs without an end', async () => {
    const { leases } = gateway();
    const endless = { ...identity, expiresAtMs: Number.POSITIVE_INFINITY };
    const made = await lease(leases, { target: target(['odd "role', 'app_rw']), identity: endless });
    const { rows } = await owner.query(
      `SELECT rolvaliduntil::text, pg_has_role(rolname, 'odd "role', 'member') AS member FROM pg_roles WHERE rolname = $1`,
      [made.user],
    );
    assert.deepEqual(rows, [{ rolvaliduntil: 'infinity', member: true }]);
    await made.end();
  });

  test('what is expired already lets nobody in', async () => {
    const { leases } = gateway();
    const made = await lease(leases, { identity: { ...identity, expiresAtMs: 1 } });
    await assert.rejects(logIn(made));
    await made.end();
    assert.deepEqual(await rolesThere(), []);
  });

  const failures: readonly { name: string; admin?: () => string; target?: () => PostgresTarget }[] = [
    { name: 'a role to be a member of that is not there', target: () => target(['nobody']) },
    { name: 'a wrong password', admin: () => server.url().replace(server.password, 'hunter2') },
    { name: 'nothing listening', admin: () => 'postgres://admin:hunter2@127.0.0.1:1/postgres' },
    { name: 'no URL at all', admin: () => 'hunter2' },
    {
      name: 'an administrator who may not make roles',
      target: () => target(['postgres']),
      admin: url['an administrator who may only make roles'],
    },
    {
      name: 'a secret that cannot be had',
      admin: () => {
        throw new Error('hunter2');
      },
    },
    { name: 'a name with a NUL in it', target: () => target(['app_rw"; DROP DATABASE x; --\u0000']) },
  ];
  for (const failure of failures) {
    test(`fails with ${failure.name}, and says nothing of the credential`, async () => {
      const { leases } = gateway(failure.admin === undefined ? {} : { admin: failure.admin });
      const made = lease(leases, failure.target === undefined ? {} : { target: failure.target() });
      await assert.rejects(made, (error: { code: string; message: string; hint: string }) => {
        assert.equal(error.code, 'credential_unavailable');
        assert.doesNotMatch(error.message + error.hint, /hunter2|fixture/);
        return true;
      });
      assert.deepEqual(await rolesThere(), []);
      assert.deepEqual(await store.leases.list(), [], 'nor is there anything to clean up');
    });
  }

  test('goes on when the administrator’s connections were cut', async () => {
    const { leases } = gateway();
    await (await lease(leases)).end();
    await owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport' AND pid <> pg_backend_pid()`,
    );
    const made = await lease(leases).catch(() => lease(leases));
    await made.end();
    await gateway().reaper.sweep();
    assert.deepEqual(await rolesThere(), []);
  });
});

describe('a connection that breaks while the role is made', () => {
  test('leaves a lease to the reaper, as nobody knows whether there is a role', async () => {
    const { leases, reaper } = gateway();
    await owner.query('BEGIN; LOCK TABLE pg_authid IN EXCLUSIVE MODE');
    const made = lease(leases);
    const refused = assert.rejects(made, { code: 'credential_unavailable' });
    await terminateBlocked();
    await refused;
    await owner.query('COMMIT');
    assert.deepEqual(
      (await store.leases.list()).map(({ state }) => state),
      ['ending'],
    );
    await reaper.sweep();
    assert.deepEqual(await store.leases.list(), []);
    assert.deepEqual(await rolesThere(), []);
  });

  /** Once the administrator's statement waits for the lock. */
  async function terminateBlocked(): Promise<void> {
    for (;;) {
      const { rowCount } = await owner.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport' AND wait_event_type = 'Lock'`,
      );
      if (rowCount === 1) return;
      await owner.query('SELECT pg_stat_clear_snapshot()');
    }
  }
});

test('a connection cut without a word fails one lease, and not the process', async () => {
  const cut = createServer((client) => {
    const upstream = connectTcp(server.port, server.host);
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      if (!data.includes('CREATE ROLE')) return upstream.write(data);
      upstream.destroy();
      return client.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => cut.listen(0, '127.0.0.1', resolve));
  const { port } = cut.address() as AddressInfo;
  const admin = (): string => server.url().replace(`:${server.port}/`, `:${port}/`);
  await assert.rejects(lease(gateway({ admin }).leases), { code: 'credential_unavailable' });
  cut.close();
  await gateway().reaper.sweep();
  assert.deepEqual(await store.leases.list(), []);
});

describe('after a crash', () => {
  /** A process that dies with this lease. */
  async function crashed(): Promise<Lease> {
    return lease(gateway({ instance: 'dead' }).leases);
  }

  test('the reaper ends what the dead process left, and its connections', async () => {
    const made = await crashed();
    const client = await logIn(made);
    const ended = new Promise((resolve) => client.once('end', resolve));
    await gateway().reaper.sweep();
    await ended;
    assert.deepEqual(await rolesThere(), []);
    assert.deepEqual(await store.leases.list(), []);
  });

  test('between the lease and its role, nothing is left either', async () => {
    const user = `sp_${store.installation}_none`;
    const at = { target: 'orders', session: 's1', user, instance: 'dead', createdAtMs: 1 };
    await store.leases.add({ id: user, ...at, state: 'live', error: null });
    await gateway().reaper.sweep();
    assert.deepEqual(await store.leases.list(), []);
    assert.deepEqual(reports, []);
  });

  test('the reaper leaves alone what live processes hold, its own and others', async () => {
    const mine = gateway();
    const other = gateway({ instance: 'two' });
    await mine.reaper.start();
    await other.reaper.start();
    const made = [await lease(mine.leases), await lease(other.leases)];
    await other.reaper.sweep();
    await mine.reaper.sweep();
    assert.equal((await rolesThere()).length, 2);
    await other.reaper.stop();
    await mine.reaper.sweep();
    assert.equal((await rolesThere()).length, 1, 'until they stop');
    await mine.reaper.stop();
    await Promise.all(made.map((one) => one.end()));
    assert.deepEqual(await store.leases.list(), []);
  });

  test('the reaper finds roles that no lease tells of, but none of another installation or target', async () => {
    const lost = await crashed();
    await store.leases.remove(lost.user);
    const foreign = await lease(gateway({ installation: '0123456789ab' }).leases);
    const elsewhere = await lease(gateway().leases, { target: target(['app_rw'], 'billing') });
    for (const { user } of [foreign, elsewhere]) await store.leases.remove(user);
    await gateway().reaper.sweep();
    assert.deepEqual(await rolesThere(), [foreign.user, elsewhere.user].sort());
    await Promise.all([foreign.end(), elsewhere.end()]);
    assert.deepEqual(await rolesThere(), []);
  });

  test('a target that is not configured any more is said so', async () => {
    const made = await crashed();
    await gateway({ targets: [] }).reaper.sweep();
    assert.match((await store.leases.list())[0]?.error ?? '', /not configured/);
    await gateway().reaper.sweep();
    assert.deepEqual(await rolesThere(), []);
    assert.ok(made.user.startsWith(`sp_${store.installation}_`));
  });
});

describe('an upstream that is away at clean-up', () => {
  test('is tried again until it is back', async () => {
    let admin = server.url();
    const { leases, reaper } = gateway({ admin: () => admin });
    const made = await lease(leases);
    const closed = await closedPort();
    admin = `postgres://u:p@127.0.0.1:${closed}/postgres`;
    await leases.close();
    await made.end();
    assert.equal((await store.leases.list())[0]?.state, 'ending');
    assert.match((await store.leases.list())[0]?.error ?? '', /ECONNREFUSED/);
    await reaper.sweep();
    assert.equal((await rolesThere()).length, 1);
    admin = server.url();
    await reaper.sweep();
    assert.deepEqual(await rolesThere(), []);
    assert.deepEqual(await store.leases.list(), []);
  });
});

test('a static credential is read anew for every session', async () => {
  const values = ['app', 'first', 'app', 'second'];
  const { leases } = gateway({ admin: () => values.shift() ?? '' });
  const credential = { kind: 'static', user: 'app', password: '${env:PW}' } as const;
  const fixed = { ...target(), credential };
  assert.equal((await lease(leases, { target: fixed })).password, 'first');
  const { user, password, end } = await lease(leases, { target: fixed });
  assert.deepEqual([user, password], ['app', 'second']);
  await end();
  assert.deepEqual(events, []);
});

function closedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
