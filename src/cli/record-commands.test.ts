import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeGateway, listen, startMs } from '../../test/fixtures/fake-gateway.ts';
import { sallyport } from '../../test/fixtures/fake-terminal.ts';
import { csvLine } from '../api/contract/csv.ts';
import { moment } from './moment.ts';

let gateway: FakeGateway;
let url: string;
let close: () => Promise<void>;

before(async () => {
  gateway = new FakeGateway();
  ({ url, close } = await listen(gateway));
});
after(() => close());

const ask = (...args: string[]) => sallyport([...args, '--url', url, '--token', 'sam']);

test('search asks for what was said, and shows a line an event', async () => {
  const { code, stdout, stderr } = await ask(
    'search',
    'users',
    '--rule',
    'r',
    '--verdict',
    'deny',
    '--since',
    '1h',
  );
  assert.deepEqual([code, stderr], [0, '']);
  const since = new Date(startMs - 3_600_000).toISOString();
  assert.deepEqual(gateway.searched.at(-1), { text: 'users', rule: 'r', verdict: 'deny', since, limit: 50 });
  assert.match(stdout, /^2 {2}2026-11-23T09:59:01\.000Z {2}command {2,}session-1 {2}SELECT 1$/m);
});

test('export gives the record as NDJSON, or as CSV', async () => {
  const lines = (await ask('export')).stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).seq),
    [1, 2],
  );
  assert.equal((await ask('export', '--after', '1')).stdout.split('\n').length, 2);
  const [head, opened, command] = (await ask('export', '--format', 'csv')).stdout.split('\r\n');
  assert.match(head ?? '', /^"seq","time","type","session","subject"/);
  assert.match(
    opened ?? '',
    /^"1",.*"session.opened","session-1","crew-7","https:\/\/login\.test\/","orders"/,
  );
  assert.match(
    command ?? '',
    /^"2",.*"command","session-1","crew-7",.*"allow","","crews read","SELECT 1","\{""seq/,
  );
});

test('reindex is asked of the gateway', async () => {
  const { stdout } = await ask('audit', 'reindex');
  assert.equal(stdout, 'The search index is made anew.\n');
  assert.equal(gateway.reindexed, 1);
});

const misuses: readonly [args: readonly string[], stderr: RegExp][] = [
  [['search', '--verdict', 'maybe'], /"maybe" is no verdict/],
  [['search', '--since', 'yesterday'], /"yesterday" is no time/],
  [['search', '--after', 'x'], /It is the seq of an event/],
  [['export', '--format', 'xml'], /It is ndjson or csv/],
  [['export', '--until', '2026-13-45'], /is no time/],
];
for (const [args, stderr] of misuses) {
  test(`sallyport ${args.join(' ')} is misused`, async () => {
    const outcome = await ask(...args);
    assert.equal(outcome.code, 2);
    assert.match(outcome.stderr, stderr);
  });
}

const moments: readonly [text: string, iso: string][] = [
  ['7d', '2026-11-16T10:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T08:30+01:00', '2026-11-01T07:30:00.000Z'],
];
for (const [text, iso] of moments) test(`${text} is ${iso}`, () => assert.equal(moment(text, startMs), iso));

// THREATS 43: a cell is text to whatever opens it.
const cells: readonly [value: unknown, line: string][] = [
  ['plain', '"plain"'],
  ['a "quoted", b', '"a ""quoted"", b"'],
  ['=HYPERLINK("https://evil")', `"'=HYPERLINK(""https://evil"")"`],
  ['+1', `"'+1"`],
  ['-1+cmd|x', `"'-1+cmd|x"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['  =1', `"'  =1"`],
  ['\t=1', '"\\t=1"'],
  ['＝1', `"'＝1"`],
  ['a\r\n=1', '"a\\r\\n=1"'],
  ['\u001b[2J\u202e', '"^[[2J\\u{202e}"'],
  [undefined, '""'],
  [null, '""'],
  [-7, `"'-7"`],
  [{ a: '=1' }, '"{""a"":""=1""}"'],
];
for (const [value, line] of cells) {
  test(`in CSV ${JSON.stringify(value)} is text`, () => assert.equal(csvLine([value]), `${line}\r\n`));
}
