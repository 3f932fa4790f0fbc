import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { serverTls } from './certificates.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-tls-'));
});
after(() => rm(root, { recursive: true }));

const newDir = () => mkdtemp(join(root, 'data-'));
const nowMs = Date.now();
const dayMs = 24 * 3_600_000;

test('an authority and a certificate for all names of this machine are made', async () => {
  const dataDir = await newDir();
  const { cert, caFile } = await serverTls({ dataDir, host: '10.1.2.3' });
  const [leaf, ca] = [new X509Certificate(cert), new X509Certificate(await readFile(caFile ?? ''))];
  assert.ok(ca.ca);
  assert.ok(!leaf.ca);
  assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey) && ca.verify(ca.publicKey));
  for (const ip of ['127.0.0.1', '::1', '10.1.2.3']) assert.equal(leaf.checkIP(ip), ip);
  for (const name of ['localhost', hostname()]) assert.equal(leaf.checkHost(name), name);
  assert.equal(leaf.checkHost('example.org'), undefined);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.ok(leaf.validToDate.getTime() - leaf.validFromDate.getTime() < 398 * dayMs);
});

for (const host of ['0.0.0.0', '::', ''])
  test(`listening on ${JSON.stringify(host)} adds no name to the certificate`, async () => {
    const { cert } = await serverTls({ dataDir: await newDir(), host });
    assert.equal(new X509Certificate(cert).checkIP('0.0.0.0'), undefined);
  });

const addresses = [
  '2001:db8::1',
  '::ffff:10.1.2.3',
  'fe80::1:0:0:2',
  '1:2:3:4:5:6:7:8',
  '::',
  '1::',
  'gateway.internal',
];
for (const host of addresses.filter((one) => one !== '::'))
  test(`listening on ${host} puts it into the certificate`, async () => {
    const leaf = new X509Certificate((await serverTls({ dataDir: await newDir(), host })).cert);
    assert.ok(leaf.checkIP(host.includes(':') ? host : '127.0.0.1') !== undefined);
    if (!host.includes(':')) assert.equal(leaf.checkHost(host), host);
  });

test('each file is made once, however many start together; keys are private', async () => {
  const dataDir = join(await newDir(), 'data');
  const all = await Promise.all(Array.from({ length: 8 }, () => serverTls({ dataDir, host: '127.0.0.1' })));
  assert.equal(new Set(all.map(({ key, cert }) => key + cert)).size, 1);
  assert.deepEqual((await readdir(dataDir)).sort(), ['ca-key.pem', 'ca.pem', 'cert.pem', 'key.pem']);
  for (const file of ['ca-key.pem', 'key.pem'])
    assert.equal((await stat(join(dataDir, file))).mode & 0o777, 0o600);
  assert.deepEqual(await serverTls({ dataDir, host: '127.0.0.1' }), all[0]);
});

test('the certificate is renewed near its end and for a new name, with the same authority and key', async () => {
  const dataDir = await newDir();
  const first = await serverTls({ dataDir, host: '127.0.0.1', nowMs });
  const soon = await serverTls({ dataDir, host: '127.0.0.1', nowMs: nowMs + 360 * dayMs });
  assert.equal(soon.cert, first.cert);
  const late = await serverTls({ dataDir, host: '127.0.0.1', nowMs: nowMs + 370 * dayMs });
  assert.notEqual(late.cert, first.cert);
  assert.equal(late.key, first.key);
  assert.ok(new X509Certificate(late.cert).validToDate.getTime() > nowMs + 700 * dayMs);
  const renamed = await serverTls({ dataDir, host: '10.9.9.9', nowMs: nowMs + 370 * dayMs });
  assert.notEqual(renamed.cert, late.cert);
  const ca = new X509Certificate(await readFile(first.caFile ?? ''));
  for (const { cert } of [late, renamed]) assert.ok(new X509Certificate(cert).verify(ca.publicKey));
  assert.equal(await readFile(join(dataDir, 'cert.pem'), 'utf8'), renamed.cert);
});

test('a certificate never outlives its authority, and an authority near its end needs a person', async () => {
  const dataDir = await newDir();
  await serverTls({ dataDir, host: '127.0.0.1', nowMs });
  const { cert } = await serverTls({ dataDir, host: '127.0.0.1', nowMs: nowMs + 3600 * dayMs });
  const ca = new X509Certificate(await readFile(join(dataDir, 'ca.pem')));
  assert.equal(new X509Certificate(cert).validToDate.getTime(), ca.validToDate.getTime());
  const last = serverTls({ dataDir, host: '127.0.0.1', nowMs: nowMs + 3625 * dayMs });
  await assert.rejects(last, /ca\.pem ends on/);
});

test("times are right on both sides of 2050, where a certificate's form of time changes", async () => {
  const dataDir = await newDir();
  const atMs = Date.UTC(2045, 0, 1);
  await serverTls({ dataDir, host: '127.0.0.1', nowMs: atMs });
  const ca = new X509Certificate(await readFile(join(dataDir, 'ca.pem')));
  assert.equal(ca.validFromDate.toISOString(), '2044-12-31T23:00:00.000Z');
  assert.equal(ca.validToDate.toISOString(), '2054-12-30T00:00:00.000Z');
});

const tampered: readonly {
  name: string;
  file: string;
  change: (dataDir: string, file: string) => Promise<void>;
  error: RegExp;
}[] = [
  {
    name: 'THREATS 42: ca-key.pem readable by others',
    file: 'ca-key.pem',
    change: (_, file) => chmod(file, 0o644),
    error: /open to others/,
  },
  {
    name: 'THREATS 42: key.pem readable by the group',
    file: 'key.pem',
    change: (_, file) => chmod(file, 0o640),
    error: /open to others/,
  },
  {
    name: 'ca.pem writable by others',
    file: 'ca.pem',
    change: (_, file) => chmod(file, 0o646),
    error: /open to others/,
  },
  {
    name: "another gateway's ca.pem",
    file: 'ca.pem',
    change: async (_, file) => {
      const other = await serverTls({ dataDir: await newDir(), host: '' });
      await writeFile(file, await readFile(other.caFile ?? ''));
    },
    error: /do not fit together/,
  },
];

for (const { name, file, change, error } of tampered)
  test(`${name}: refused`, async () => {
    const dataDir = await newDir();
    await serverTls({ dataDir, host: '127.0.0.1' });
    await change(dataDir, join(dataDir, file));
    await assert.rejects(serverTls({ dataDir, host: '127.0.0.1' }), error);
  });

test('configured files are used as they are', async () => {
  const own = await serverTls({ dataDir: await newDir(), host: '127.0.0.1' });
  const dir = await newDir();
  const configured = { cert: join(dir, 'c.pem'), key: join(dir, 'k.pem') };
  await writeFile(configured.cert, own.cert);
  await writeFile(configured.key, own.key);
  const dataDir = await newDir();
  assert.deepEqual(await serverTls({ dataDir, host: '127.0.0.1', configured }), {
    cert: own.cert,
    key: own.key,
  });
  assert.deepEqual(await readdir(dataDir), []);
});

test('configured files that do not fit together are refused', async () => {
  const [one, two] = await Promise.all(
    [await newDir(), await newDir()].map((dataDir) => serverTls({ dataDir, host: '127.0.0.1' })),
  );
  const dir = await newDir();
  const configured = { cert: join(dir, 'c.pem'), key: join(dir, 'k.pem') };
  await writeFile(configured.cert, one?.cert ?? '');
  await writeFile(configured.key, two?.key ?? '');
  await assert.rejects(serverTls({ dataDir: dir, host: '', configured }), /no certificate and its key/);
});
