import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../core/event.ts';
import { Metrics } from './metrics.ts';

const refused = (code: 'denied' | 'syntax'): Event => ({
  type: 'command.refused',
  session: 's1',
  text: '',
  effects: [],
  code,
  because: '',
  detail: {},
});

test('what was counted before anybody asked is told, and what comes after', async () => {
  let live = 3;
  const metrics = new Metrics(() => live);
  metrics.observe(refused('denied'));
  metrics.observe(refused('denied'));
  const [first] = await Promise.all([metrics.metrics(), metrics.metrics()]);
  live = 1;
  metrics.observe(refused('syntax'));
  metrics.journalFailed();
  const second = await metrics.metrics();
  for (const [text, line] of [
    [first, 'sallyport_sessions 3'],
    [first, 'sallyport_refusals_total{code="denied"} 2'],
    [first, 'sallyport_journal_failures_total 0'],
    [second, 'sallyport_sessions 1'],
    [second, 'sallyport_refusals_total{code="denied"} 2'],
    [second, 'sallyport_refusals_total{code="syntax"} 1'],
    [second, 'sallyport_journal_failures_total 1'],
  ] as const)
    assert.ok(text.split('\n').includes(line), `${line} is missing`);
  assert.match(second, /^process_cpu_seconds_total /m);
});
