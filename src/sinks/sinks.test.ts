import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandEvent, exampleJournal } from '../../test/fixtures/journal.ts';
import type { Example } from '../../test/fixtures/journal.ts';
import { Receiver } from '../../test/fixtures/receiver.ts';
import { SyslogServer } from '../../test/fixtures/syslog-server.ts';
import { until } from '../../test/fixtures/until.ts';
import type { SinkSpec, SyslogSpec } from '../core/sink.ts';
import type { FileJournal } from '../journal/append.ts';
import { readBatches } from '../journal/read.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { serverTls } from '../transport/certificates.ts';
import { Sinks } from './sinks.ts';

/** A journal with sinks, whose process can end and come back. */
class SinkStage {
  readonly example: Example;
  readonly #dir = mkdtempSync(join(tmpdir(), 'sallyport-sinks-'));
  journal!: FileJournal;
  store!: Store;
  sinks!: Sinks;
  #commands = 0;

  private constructor(example: Example) {
    this.example = example;
  }

  static async set(t: TestContext, specs: readonly SinkSpec[]): Promise<SinkStage> {
    const stage = new SinkStage(await exampleJournal(t));
    await stage.start(specs);
    t.after(async () => {
      await stage.stop();
      rmSync(stage.#dir, { recursive: true });
    });
    return stage;
  }

  async start(specs: readonly SinkSpec[]): Promise<void> {
    const { dir } = this.example;
    this.journal = await this.example.open();
    this.store = await openSqliteStore(join(this.#dir, 'sallyport.db'));
    const { journal } = this;
    this.sinks = new Sinks({
      source: {
        follow: async function* (sinceSeq, signal) {
          const filter = { sinceSeq, follow: true, signal };
          for await (const batch of readBatches(dir, filter)) yield batch.map(({ event }) => event);
        },
        newestSeq: () => journal.newestSeq,
      },
      cursors: this.store.cursors,
      journal,
      version: '1.2.3',
      resolveSecret: async (secret) => secret,
      report: () => {},
      pauseMs: { first: 10, max: 50 },
    });
    this.sinks.use(specs);
  }

  async stop(): Promise<void> {
    await this.sinks.close();
    await this.journal.close();
    await this.store.close();
  }

  record(count: number): void {
    for (let one = 0; one < count; one++) {
      this.journal.append(commandEvent(++this.#commands));
      this.journal.commit();
    }
  }

  /** That everything on record came, in order but for repetitions. */
  async everythingCame(seqs: () => readonly number[]): Promise<void> {
    const missing = (): number[] => {
      const came = new Set(seqs());
      return Array.from({ length: this.journal.newestSeq }, (_, index) => index + 1).filter(
        (seq) => !came.has(seq),
      );
    };
    await until('every event', () => missing().length === 0);
    await until('the cursor', () => this.sinks.takenSeq === this.journal.newestSeq);
  }
}

const syslogTo = (port: number, more: Partial<SyslogSpec> = {}): SinkSpec => ({
  name: 'siem',
  way: { kind: 'syslog', host: '127.0.0.1', port, tls: false, facility: 13, bytesMax: 65_536, ...more },
});
const otlpTo = (url: string): SinkSpec => ({
  name: 'otel',
  way: { kind: 'otlp', url, headers: { 'x-key': 'hush' } },
});

function otlpSeqs({ received }: Receiver): number[] {
  return received.flatMap(({ body }) =>
    [...body.matchAll(/"sallyport\.seq","value":\{"intValue":"(\d+)"/g)].map(([, seq]) => Number(seq)),
  );
}

test('syslog gets every event, those from before it was there too', async (t) => {
  await using server = await SyslogServer.listen();
  const stage = await SinkStage.set(t, []);
  stage.record(3);
  stage.sinks.use([syslogTo(server.port)]);
  await stage.everythingCame(() => server.events.map(({ seq }) => seq));
  stage.record(1_200);
  await stage.everythingCame(() => server.events.map(({ seq }) => seq));
  const seqs = server.events.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.toSorted((a, b) => a - b),
  );
  assert.equal(seqs.length, 1_203, 'each once, where nothing broke');
});

test('a syslog server that is away for a while gets what it missed', async (t) => {
  const first = await SyslogServer.listen();
  const { port } = first;
  const stage = await SinkStage.set(t, [syslogTo(port)]);
  stage.record(5);
  await stage.everythingCame(() => first.events.map(({ seq }) => seq));
  await first[Symbol.asyncDispose]();
  stage.record(5);
  await until('the fault on record', async () => (await stage.example.types()).includes('sink.failed'));
  stage.record(5);
  await using second = await SyslogServer.listen({ port });
  await stage.everythingCame(() => [...first.events, ...second.events].map(({ seq }) => seq));
  await until('its end on record', async () => (await stage.example.types()).includes('sink.resumed'));
  assert.equal((await stage.example.types()).filter((type) => type === 'sink.failed').length, 1, 'told once');
});

test('what a syslog server broke off is sent again', async (t) => {
  await using server = await SyslogServer.listen();
  server.broken = true;
  const stage = await SinkStage.set(t, [syslogTo(server.port)]);
  stage.record(5);
  await until('the fault on record', async () => (await stage.example.types()).includes('sink.failed'));
  assert.equal(stage.sinks.takenSeq, 0);
  server.broken = false;
  await stage.everythingCame(() => server.events.map(({ seq }) => seq));
});

test('syslog over TLS, to a server that a known authority vouches for and no other', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sallyport-sinks-tls-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const { caFile = '', ...cert } = await serverTls({ dataDir, host: '127.0.0.1' });
  await using server = await SyslogServer.listen({ tls: cert });
  const stage = await SinkStage.set(t, []);
  stage.record(2);
  stage.sinks.use([syslogTo(server.port, { tls: true })]);
  await until('the fault on record', async () => (await stage.example.types()).includes('sink.failed'));
  assert.deepEqual(server.messages, []);
  stage.sinks.use([syslogTo(server.port, { tls: true, caFile })]);
  await stage.everythingCame(() => server.events.map(({ seq }) => seq));
});

test('a collector gets every event, with its headers', async (t) => {
  await using collector = await Receiver.listen();
  const stage = await SinkStage.set(t, [otlpTo(collector.url)]);
  stage.record(700);
  await stage.everythingCame(() => otlpSeqs(collector));
  assert.ok(collector.received.every(({ headers }) => headers['x-key'] === 'hush'));
});

test('what a collector refuses comes again, and what it rejects for good does not', async (t) => {
  await using collector = await Receiver.listen();
  const answers = [503, 401, 200];
  collector.answer = () => ({
    status: answers.shift() ?? 200,
    body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too odd"}}',
  });
  const stage = await SinkStage.set(t, [otlpTo(collector.url)]);
  stage.record(3);
  await stage.everythingCame(() => otlpSeqs(collector));
  assert.ok(collector.received.length >= 3);
});

test('a collector in clear on another machine gets nothing', async (t) => {
  const stage = await SinkStage.set(t, [otlpTo('http://collector.test/v1/logs')]);
  stage.record(1);
  const [failed] = await until('the fault', async () => {
    const found = await stage.example.events({ types: ['sink.failed'] });
    return found.length > 0 && found;
  });
  assert.ok(failed?.type === 'sink.failed');
  assert.equal(failed.error, 'url must be https');
});

test('a process that ends goes on where it was', async (t) => {
  await using collector = await Receiver.listen();
  const stage = await SinkStage.set(t, [otlpTo(collector.url)]);
  stage.record(5);
  await stage.everythingCame(() => otlpSeqs(collector));
  await stage.stop();
  collector.received.length = 0;
  await stage.start([otlpTo(collector.url)]);
  stage.record(2);
  await until('the new ones', () => otlpSeqs(collector).length >= 2);
  assert.deepEqual(otlpSeqs(collector), [6, 7]);
});

test('a journal that was begun anew is sent from its beginning', async (t) => {
  await using collector = await Receiver.listen();
  const stage = await SinkStage.set(t, []);
  await stage.store.cursors.set('sink:otel', 99);
  stage.record(2);
  stage.sinks.use([otlpTo(collector.url)]);
  await stage.everythingCame(() => otlpSeqs(collector));
});

test('one sink that is down holds up neither another nor the journal', async (t) => {
  await using collector = await Receiver.listen();
  const stage = await SinkStage.set(t, [otlpTo(collector.url), syslogTo(9)]);
  stage.record(3);
  await until('the others', () => otlpSeqs(collector).includes(3));
  assert.equal(stage.sinks.takenSeq, 0, 'and nothing of it may be dropped yet');
});
