import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { verifyJournal } from '../../src/journal/verify.ts';
import { Visitor } from '../fixtures/clients.ts';
import { GatewayProcess } from '../fixtures/gateway-process.ts';
import { shopConfig } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { Receiver } from '../fixtures/receiver.ts';
import { SyslogServer } from '../fixtures/syslog-server.ts';
import { until } from '../fixtures/until.ts';

// What is on record reaches the places outside, whatever dies: nothing is missing, and all of it in order.

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server?.stop());

const rules = `
  - { name: all, who: { any: true }, targets: [orders], allow: [read] }
  - { name: security reads, who: { groups: [security] }, targets: [sallyport], allow: [read] }`;

async function ask(gateway: GatewayProcess, queries: number): Promise<void> {
  const { host, port } = gateway;
  const password = await gateway.token();
  const client = new Visitor({ host, port, database: 'orders', user: 'any', password });
  await client.connect();
  for (let query = 0; query < queries; query++) await client.query(`SELECT ${query}`);
  await client.end();
}

/** A SIEM that reads the stream, and keeps its cursor. */
class StreamReader {
  readonly seqs: number[] = [];

  /** Until the stream ends, breaks off, or has come to `to`. */
  async read(gateway: GatewayProcess, to = Number.POSITIVE_INFINITY): Promise<void> {
    const token = await gateway.token({ subject: 'siem', kind: 'human', groups: ['security'] });
    const after = this.seqs.at(-1) ?? 0;
    const leave = new AbortController();
    const url = `http://127.0.0.1:${gateway.httpPort}/api/v1/stream?after=${after}`;
    try {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        signal: leave.signal,
      });
      assert.equal(response.status, 200);
      let rest = '';
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.seqs.push(JSON.parse(line).seq);
        if ((this.seqs.at(-1) ?? 0) >= to) leave.abort();
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      // Broken off: the cursor says where to go on.
    }
  }
}

test('kill -9 in the middle, a sink that is away: nothing is missing anywhere', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-outside-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  await using collector = await Receiver.listen();
  const syslog = await SyslogServer.listen();
  const sinks = `
sinks:
  siem: { syslog: { host: 127.0.0.1, port: ${syslog.port}, tls: false } }
  otel: { otlp: { url: "\${env:OTLP_URL}", headers: { authorization: "Bearer \${env:OTLP_TOKEN}" } } }`;
  writeFileSync(join(dir, 'sallyport.yaml'), shopConfig({ port: server.port, rules, more: sinks }));
  const env = { OTLP_URL: `${collector.url}/v1/logs`, OTLP_TOKEN: 'hush' };
  const reader = new StreamReader();

  // The collector is away at first; the gateway dies in the midst of it all.
  collector.answer = () => ({ status: 503 });
  const first = await GatewayProcess.start(dir, env);
  t.after(() => first.stop('SIGKILL'));
  const reading = reader.read(first);
  const asking = ask(first, 400).catch(() => undefined);
  await until('some of it outside', () => syslog.messages.length > 50 && reader.seqs.length > 50);
  await first.stop('SIGKILL');
  await Promise.all([asking, reading]);

  // Then the syslog server is away, and the gateway is asked again.
  const before = [...syslog.events];
  const { port } = syslog;
  await syslog[Symbol.asyncDispose]();
  collector.answer = () => ({});
  const second = await GatewayProcess.start(dir, env);
  t.after(() => second.stop('SIGKILL'));
  await ask(second, 100);
  await until('the fault on record', async () =>
    (await second.events()).some(({ type }) => type === 'sink.failed'),
  );
  await using back = await SyslogServer.listen({ port });

  const everything = async (came: () => readonly number[]): Promise<void> => {
    await until('every event', async () => {
      const seen = new Set(came());
      return (await second.events()).every(({ seq }) => seen.has(seq));
    });
  };
  await everything(() => [...before, ...back.events].map(({ seq }) => seq));
  await everything(() =>
    collector.received.flatMap(({ body }) =>
      [...body.matchAll(/"sallyport\.seq","value":\{"intValue":"(\d+)"/g)].map(([, seq]) => Number(seq)),
    ),
  );
  assert.ok(collector.received.every(({ headers }) => headers.authorization === 'Bearer hush'));
  const recorded = await second.events();
  await reader.read(second, recorded.at(-1)?.seq);
  await second.stop();

  assert.deepEqual(
    recorded.map(({ seq }) => seq),
    recorded.map((_, index) => index + 1),
    'the record has no gap',
  );
  assert.deepEqual(
    reader.seqs.slice(0, recorded.length),
    recorded.map(({ seq }) => seq),
    'nor has the stream',
  );
  // All hundred of the second gateway, and some of the first.
  assert.ok(recorded.filter(({ type }) => type === 'command').length > 100);
  const journal = join(dir, 'data/journal');
  const verified = await verifyJournal(journal, readFileSync(join(journal, 'journal-public.pem'), 'utf8'));
  assert.ok(verified.intact, JSON.stringify(verified));
});

test('THREATS 43: a hostile text reaches syslog as text', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-outside-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  await using syslog = await SyslogServer.listen();
  const sinks = `sinks: { siem: { syslog: { host: 127.0.0.1, port: ${syslog.port}, tls: false } } }`;
  writeFileSync(join(dir, 'sallyport.yaml'), shopConfig({ port: server.port, rules, more: sinks }));
  const gateway = await GatewayProcess.start(dir);
  t.after(() => gateway.stop('SIGKILL'));
  const { host, port } = gateway;
  const password = await gateway.token();
  const client = new Visitor({ host, port, database: 'orders', user: 'any', password });
  await client.connect();
  const hostile =
    'SELECT 1 /* \u001b[2J\r\n<34>1 2026-11-23T08:00:00Z h su - - - forged\u202E\u0085</script> */';
  await client.query(hostile);
  await client.end();
  const message = await until('it in syslog', () => syslog.messages.find((one) => one.includes('forged')));
  assert.match(message, /^<110>1 \S+ \S+ sallyport \d+ command \[sallyport@32473 [^\]]*\] \{[\x20-\x7e]*\}$/);
  assert.equal(JSON.parse(message.slice(message.indexOf(' {') + 1)).text, hostile);
  await gateway.stop();
});
