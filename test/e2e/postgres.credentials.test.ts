import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { openLocalIssuer } from '../../src/identity/local.ts';
import { makeAuthority, makeLeaf, newKeyPem } from '../../src/transport/authority.ts';
import { Visitor, connect, connectDirect, ended, refusal } from '../fixtures/clients.ts';
import { eavesdrop } from '../fixtures/eavesdropper.ts';
import type { Eavesdropper } from '../fixtures/eavesdropper.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// How the gateway logs in upstream, and that nobody else ever sees with what (P1, THREATS 46).

const rules = `
rules:
  - { name: crews do, who: { groups: [crews] }, targets: ["*"], allow: [read, write, schema, execute] }
  - { name: readers read, who: { groups: [readers] }, targets: ["*"], allow: [read] }
`;
const start = `
listen: { host: 127.0.0.1, postgres: 0 }
data: ./data
identity: { local: true }
`;

let server: PostgresServer;
let direct: Client;
let between: Eavesdropper;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE ROLE app_rw;
    CREATE ROLE minter LOGIN CREATEROLE PASSWORD 'minter-password';
    GRANT app_rw TO minter WITH ADMIN OPTION;
    CREATE TABLE items (id int PRIMARY KEY);
    GRANT ALL ON items TO app_rw;
    GRANT ALL ON SCHEMA public TO app_rw;`);
  between = await eavesdrop(server.port);
});
after(async () => {
  await direct?.end();
  await between?.stop();
  await server?.stop();
});

/** A target that mints roles as somebody who is no superuser. */
function minting(): string {
  const { port } = between;
  return `${start}
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${port}, database: postgres, tls: disable }
    credential:
      mint: { admin: "postgresql://minter:minter-password@127.0.0.1:${port}/postgres", member_of: [app_rw] }
${rules}`;
}

async function mintedRoles(): Promise<string[]> {
  const { rows } = await direct.query<{ rolname: string }>(
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sp\\_%' ORDER BY 1",
  );
  return rows.map(({ rolname }) => rolname);
}

function noRoleIsLeft(): Promise<boolean> {
  return until('the role to go', async () => (await mintedRoles()).length === 0);
}

describe('a role per session', () => {
  let gateway: TestGateway;
  before(async () => (gateway = await startTestGateway(minting())));
  after(() => gateway?.stop());

  test('is what it should be while the session lasts, and gone at its end', async () => {
    const client = await connect(gateway, { ttlMs: 600_000 });
    const [role] = await mintedRoles();
    assert.deepEqual(await client.rows('SELECT current_user, session_user'), [[role, role]]);
    const { rows } = await direct.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin,
         rolconnlimit, rolvaliduntil BETWEEN now() AND now() + interval '10 min' AS soon,
         pg_has_role(rolname, 'app_rw', 'USAGE') AS member, left(rolpassword, 14) AS verifier
       FROM pg_authid WHERE rolname = $1`,
      [role],
    );
    assert.deepEqual(rows, [
      {
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        rolbypassrls: false,
        rolcanlogin: true,
        rolconnlimit: 4,
        soon: true,
        member: true,
        verifier: 'SCRAM-SHA-256$',
      },
    ]);
    await client.query('INSERT INTO items VALUES (1)');
    await client.end();
    await noRoleIsLeft();
    await until('both events', async () => {
      const leases = (await gateway.events()).filter(({ type }) => type.startsWith('lease.'));
      return leases.map(({ type }) => type).join() === 'lease.made,lease.ended';
    });
  });

  test('is read only for who may only read, also where the gateway would be mistaken', async () => {
    const client = await connect(gateway, { groups: ['readers'] });
    assert.deepEqual(await client.rows('SHOW default_transaction_read_only'), [['on']]);
    await client.end();
    await noRoleIsLeft();
  });

  test('two sessions have two', async () => {
    const [one, two] = await Promise.all([connect(gateway), connect(gateway)]);
    assert.equal((await mintedRoles()).length, 2);
    await one.end();
    await until('the first to go', async () => (await mintedRoles()).length === 1);
    assert.deepEqual(await two.rows('SELECT 1'), [[1]]);
    await two.end();
    await noRoleIsLeft();
  });

  test('goes when the client is gone without a word, and what it ran ends', async () => {
    const client = await connect(gateway);
    const answer = client.query("SELECT pg_sleep(3600), 'left behind'").catch((error: unknown) => error);
    const running = async () =>
      (
        await direct.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%left behind%' AND pid <> pg_backend_pid()",
        )
      ).rows.length;
    await until('it to run', async () => (await running()) === 1);
    client.connection.stream.destroy();
    await answer;
    await noRoleIsLeft();
    assert.equal(await running(), 0);
  });

  test('leaves what it made to the role it was a member of', async () => {
    const client = await connect(gateway);
    await client.query('CREATE TABLE made (id int)');
    await client.end();
    await noRoleIsLeft();
    const { rows } = await direct.query("SELECT tableowner FROM pg_tables WHERE tablename = 'made'");
    assert.deepEqual(rows, [{ tableowner: 'app_rw' }]);
    await direct.query('DROP TABLE made');
  });

  test('is cleaned up when its server comes back', async () => {
    const client = await connect(gateway);
    await between.stop();
    await ended(client);
    assert.equal((await mintedRoles()).length, 1);
    await assert.rejects(connect(gateway), (error: Error & { code?: string }) => {
      assert.match(error.message, /Sallyport/);
      assert.doesNotMatch(JSON.stringify(error), /minter/);
      return error.code === '08006';
    });
    await between.start();
    // The next start sweeps at once; a running gateway sweeps every minute.
    gateway = await gateway.restart();
    await noRoleIsLeft();
  });

  test('no password goes over the wire, and none into the record', async () => {
    const heard = between.heard();
    const made = [...heard.matchAll(/PASSWORD '([^']*)'/g)];
    assert.ok(made.length >= 6);
    for (const [, verifier] of made) assert.match(verifier ?? '', /^SCRAM-SHA-256\$/);
    assert.doesNotMatch(heard, /minter-password/);
    const record = JSON.stringify(await gateway.events());
    assert.doesNotMatch(record, /minter-password|SCRAM-SHA-256/);
  });

  test('an administrator who is refused tells the client nothing', async () => {
    const own = await startTestGateway(minting().replaceAll('minter-password', 'wrong-password'));
    await assert.rejects(connect(own), (error: Error & { code?: string }) => {
      assert.equal(error.code, '08006');
      assert.doesNotMatch(JSON.stringify([error, error.message]), /minter|wrong-password/);
      return true;
    });
    await own.stop();
  });
});

describe('THREATS 46: a gateway that is killed', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-killed-'));
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** A gateway in a process of its own, and its PostgreSQL port. */
  async function serve() {
    const main = join(import.meta.dirname, '../../src/main.ts');
    const child = spawn(
      process.execPath,
      [main, 'serve', '--json', '--config', join(dir, 'sallyport.yaml')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(/"postgres"[^}]*?:(\d{4,5})\b/.exec(line.toString())?.[1]);
    return { child, port };
  }

  test('leaves a role and a session, and the next one ends both', async () => {
    writeFileSync(join(dir, 'sallyport.yaml'), minting());
    const killed = await serve();
    const issuer = await openLocalIssuer({ dataDir: join(dir, 'data'), clock: { now: () => Date.now() } });
    const password = await issuer.issue({ subject: 'a', kind: 'agent', groups: ['crews'], ttlMs: 600_000 });
    const login = { host: '127.0.0.1', database: 'orders', user: 'any', password };
    const client = new Visitor({ ...login, port: killed.port });
    await client.connect();
    assert.equal((await mintedRoles()).length, 1);
    killed.child.kill('SIGKILL');
    await ended(client);
    assert.equal((await mintedRoles()).length, 1);
    const next = await serve();
    try {
      await noRoleIsLeft();
      const again = new Visitor({ ...login, port: next.port });
      await again.connect();
      assert.deepEqual(await again.rows('SELECT 1'), [[1]]);
      await again.end();
    } finally {
      next.child.kill('SIGTERM');
      await once(next.child, 'exit');
    }
    await noRoleIsLeft();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`one that is told to stop by ${signal} takes its roles along, and ends well`, async () => {
      writeFileSync(join(dir, 'sallyport.yaml'), minting());
      const { child, port } = await serve();
      const issuer = await openLocalIssuer({ dataDir: join(dir, 'data'), clock: { now: () => Date.now() } });
      const password = await issuer.issue({ subject: 'a', kind: 'agent', groups: ['crews'], ttlMs: 600_000 });
      const client = new Visitor({ host: '127.0.0.1', database: 'orders', user: 'any', password, port });
      await client.connect();
      assert.equal((await mintedRoles()).length, 1);
      const exit = once(child, 'exit');
      child.kill(signal);
      await ended(client);
      assert.deepEqual(await exit, [0, null]);
      assert.deepEqual(await mintedRoles(), []);
    });
});

describe('a static credential', () => {
  test('by file, over a unix socket', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-secret-'));
    writeFileSync(join(dir, 'password'), `${server.password}\n`);
    const gateway = await startTestGateway(`${start}
targets:
  orders:
    postgres: { host: "${server.socketDir}", port: ${server.port}, database: postgres }
    credential: { static: { user: postgres, password: "\${file:${join(dir, 'password')}}" } }
${rules}`);
    const client = await connect(gateway);
    assert.deepEqual(await client.rows('SELECT inet_server_addr(), current_user'), [[null, 'postgres']]);
    await client.end();
    await gateway.stop();
    rmSync(dir, { recursive: true });
  });

  test('a wrong one fails the login and is in no message', async () => {
    const gateway = await startTestGateway(`${start}
targets:
  orders:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: postgres, tls: disable }
    credential: { static: { user: postgres, password: not-the-password } }
${rules}`);
    await assert.rejects(connect(gateway), (error: Error & { code?: string }) => {
      assert.equal(error.code, '08006');
      assert.doesNotMatch(JSON.stringify([error, error.message]), /not-the-password/);
      return true;
    });
    assert.doesNotMatch(JSON.stringify(await gateway.events()), /not-the-password/);
    await gateway.stop();
  });
});

describe('TLS to the server, by libpq’s modes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
  const nowMs = Date.now();
  const caKey = newKeyPem();
  const ca = join(dir, 'ca.pem');
  const otherCa = join(dir, 'other.pem');
  writeFileSync(ca, makeAuthority(caKey, nowMs));
  writeFileSync(otherCa, makeAuthority(newKeyPem(), nowMs));
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** The server shows a certificate for these names from now on; none: it has no TLS. */
  async function useCertificate(names: readonly string[]): Promise<void> {
    const name = `server-${names.join('-').replaceAll(/\W/g, '_')}`;
    if (names.length > 0) {
      const key = newKeyPem();
      const leaf = makeLeaf({ caKey, key, names, nowMs, notAfterMsMax: nowMs + 86_400_000 });
      const { uid, gid } = statSync(join(server.socketDir, 'data'));
      for (const [ending, text] of [
        ['crt', leaf],
        ['key', key],
      ]) {
        const file = join(server.socketDir, `${name}.${ending}`);
        writeFileSync(file, text ?? '', { mode: 0o600 });
        chownSync(file, uid, gid);
        await direct.query(`ALTER SYSTEM SET ssl_${ending === 'crt' ? 'cert' : 'key'}_file = '${file}'`);
      }
    }
    await direct.query(`ALTER SYSTEM SET ssl = ${names.length > 0 ? 'on' : 'off'}`);
    await reloaded(names.length > 0 ? join(server.socketDir, `${name}.crt`) : undefined);
  }

  async function reloaded(certificate: string | undefined): Promise<void> {
    await direct.query('SELECT pg_reload_conf()');
    await until('the server’s reload', async () => {
      const fresh = await connectDirect(server);
      const { rows } = await fresh.query(
        "SELECT current_setting('ssl') AS ssl, current_setting('ssl_cert_file') AS file",
      );
      await fresh.end();
      const [row] = rows as { ssl: string; file: string }[];
      return certificate === undefined ? row?.ssl === 'off' : row?.ssl === 'on' && row.file === certificate;
    });
  }

  /** Whether the upstream's connection is encrypted, or that it does not come about. */
  async function outcome(mode: string, host: string, caFile?: string): Promise<string> {
    const gateway = await startTestGateway(`${start}
targets:
  orders:
    postgres:
      { host: "${host}", port: ${server.port}, database: postgres, tls: ${mode}${caFile === undefined ? '' : `, ca: "${caFile}"`} }
    credential: { static: { user: postgres, password: ${server.password} } }
${rules}`);
    try {
      const client = await connect(gateway);
      const [row] = await client.rows('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      await client.end();
      return row?.[0] === true ? 'tls' : 'plain';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await gateway.stop();
    }
  }

  type Row = readonly [mode: string, host: string, ca: string | undefined, expected: string];
  const cases: Readonly<Record<string, { names: readonly string[]; rows: readonly Row[] }>> = {
    'a server without TLS': {
      names: [],
      rows: [
        ['disable', '127.0.0.1', undefined, 'plain'],
        ['allow', '127.0.0.1', undefined, 'plain'],
        ['prefer', '127.0.0.1', undefined, 'plain'],
        ['require', '127.0.0.1', undefined, '08006'],
        ['verify-ca', '127.0.0.1', ca, '08006'],
        ['verify-full', '127.0.0.1', ca, '08006'],
      ],
    },
    'a certificate for localhost': {
      names: ['localhost'],
      rows: [
        ['disable', '127.0.0.1', undefined, 'plain'],
        ['allow', '127.0.0.1', undefined, 'plain'],
        ['prefer', '127.0.0.1', undefined, 'tls'],
        ['require', '127.0.0.1', undefined, 'tls'],
        ['require', '127.0.0.1', otherCa, '08006'],
        ['verify-ca', '127.0.0.1', ca, 'tls'],
        ['verify-ca', '127.0.0.1', otherCa, '08006'],
        ['verify-ca', '127.0.0.1', undefined, '08006'],
        ['verify-full', 'localhost', ca, 'tls'],
        ['verify-full', 'localhost', otherCa, '08006'],
        ['verify-full', '127.0.0.1', ca, '08006'],
      ],
    },
    'a certificate for the address': {
      names: ['127.0.0.1'],
      rows: [
        ['verify-full', '127.0.0.1', ca, 'tls'],
        ['verify-full', 'localhost', ca, '08006'],
      ],
    },
  };

  for (const [title, { names, rows }] of Object.entries(cases)) {
    test(title, async () => {
      await useCertificate(names);
      for (const [mode, host, caFile, expected] of rows) {
        const trusting = caFile === undefined ? '' : caFile === ca ? ' with its CA' : ' with another CA';
        assert.equal(await outcome(mode, host, caFile), expected, `${mode} ${host}${trusting}`);
      }
    });
  }

  test('allow goes over to TLS where the server wants it', async () => {
    await useCertificate(['localhost']);
    const file = join(server.socketDir, 'data/pg_hba.conf');
    const usual = readFileSync(file, 'utf8');
    // The gateway's own connections are refused without TLS; this test's go through the unix socket line or TLS.
    writeFileSync(file, `hostssl all all all scram-sha-256\nlocal all all scram-sha-256\n`);
    await direct.query('SELECT pg_reload_conf()');
    try {
      await until(
        'the server to refuse plain connections',
        async () => (await outcome('disable', '127.0.0.1')) === '08006',
      );
      assert.equal(await outcome('allow', '127.0.0.1'), 'tls');
      assert.equal(await outcome('prefer', '127.0.0.1'), 'tls');
    } finally {
      writeFileSync(file, usual);
      await direct.query('SELECT pg_reload_conf()');
    }
  });
});

test('a refusal in a minted session is the gateway’s, not the server’s', async () => {
  const gateway = await startTestGateway(minting());
  const client = await connect(gateway, { groups: ['readers'] });
  assert.equal((await refusal(client.query('INSERT INTO items VALUES (2)'))).code, 'denied');
  await client.end();
  await gateway.stop();
  await noRoleIsLeft();
});
