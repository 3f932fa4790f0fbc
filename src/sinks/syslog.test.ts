import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StampedEvent } from '../core/event.ts';
import type { SyslogSpec } from '../core/sink.ts';
import { asciiJson } from './event-json.ts';
import { logsOf } from './otlp.ts';
import { frame } from './syslog.ts';

// THREATS 43: what was recorded is told as text, whatever it is.

const spec: SyslogSpec = { kind: 'syslog', host: 'h', port: 1, tls: false, facility: 13, bytesMax: 4_096 };
const hostile = '\u001b[2J\r\n<34>1 forged\u202Eevil\u202C\u0085\u2028</script>аdmin \ud800 \u{1f4a9}\u0000';
const event: StampedEvent = {
  seq: 7,
  time: '2026-11-23T08:00:00.000Z',
  type: 'command.refused',
  session: 's"1]\\\n',
  text: hostile,
  effects: [],
  code: 'denied',
  because: 'no',
  detail: {},
};

test('a message is one line of printable ASCII behind its length', () => {
  const text = frame(event, spec);
  assert.match(text, /^[\x20-\x7e]+$/);
  const [, length, message = ''] = /^(\d+) (.*)$/.exec(text) ?? [];
  assert.equal(Number(length), Buffer.byteLength(message));
  const head =
    /^<108>1 2026-11-23T08:00:00\.000Z \S+ sallyport \d+ command\.refused (\[.*?(?<!\\)\]) (.*)$/.exec(
      message,
    );
  assert.equal(head?.[1], '[sallyport@32473 seq="7" session="s\\"1\\]\\\\?"]');
  assert.deepEqual(JSON.parse(head?.[2] ?? ''), event, 'and nothing of it is lost');
});

test('an event that is too long is cut to its essentials, and says so', () => {
  const rows = Array.from({ length: 100 }, () => ['x'.repeat(100)]);
  for (const bytesMax of [2_048, 4_096]) {
    for (const text of ['y'.repeat(1e5), '\u202e'.repeat(1e5), '"'.repeat(1e5)]) {
      const long = { ...event, text, because: text, parameters: rows.map(([one = '']) => one) };
      const framed = frame(long, { ...spec, bytesMax });
      assert.ok(Buffer.byteLength(framed) <= bytesMax + 8, `${framed.length}`);
      const told = JSON.parse(framed.slice(framed.indexOf(' {') + 1));
      assert.deepEqual([told.seq, told.type, told.code, told.cut], [7, 'command.refused', 'denied', true]);
    }
  }
});

test('JSON in ASCII is the same value', () => {
  for (const value of [hostile, { [hostile]: [hostile] }, null, 1]) {
    assert.match(asciiJson(value), /^[\x20-\x7e]+$/);
    assert.deepEqual(JSON.parse(asciiJson(value)), value);
  }
});

test('an OTLP record has its time, severity, number and body', () => {
  const body = Object(logsOf([event], '1.2.3'));
  const [record] = body.resourceLogs[0].scopeLogs[0].logRecords;
  assert.equal(record.timeUnixNano, '1795420800000000000');
  assert.deepEqual([record.severityNumber, record.severityText], [13, 'WARN']);
  assert.equal(record.eventName, 'sallyport.command.refused');
  assert.deepEqual(record.attributes[0], { key: 'sallyport.seq', value: { intValue: '7' } });
  const members = new Map<string, unknown>(
    record.body.kvlistValue.values.map(({ key, value }: { key: string; value: unknown }) => [key, value]),
  );
  assert.deepEqual(members.get('text'), { stringValue: hostile });
  assert.deepEqual(members.get('effects'), { arrayValue: { values: [] } });
});
