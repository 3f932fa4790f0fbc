import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandOf } from '../../../test/fixtures/commands.ts';
import { permitFor } from '../../../test/fixtures/permits.ts';
import type { EffectKind } from '../../core/effect.ts';
import type { Limits } from '../../core/rule.ts';
import { encodeDataRow, type FieldDescription } from '../../wire/postgres/backend.ts';
import type { Portal } from './portals.ts';
import type { StatementRows } from './reading.ts';
import { Running, type RecordLimits } from './running.ts';

function running({
  record = { rows: 10, bytes: 1000 },
  limits = {},
  kinds = ['read'],
  portal,
  rows = [],
  settle = () => undefined,
}: {
  record?: RecordLimits;
  limits?: Limits;
  kinds?: readonly EffectKind[];
  portal?: Portal;
  rows?: readonly StatementRows[];
  settle?: (done: boolean) => void;
} = {}): Running {
  const effects = kinds.map((kind) => ({ kind, action: 'x', resource: '' }));
  const command = commandOf('SELECT 1', { effects });
  return new Running({
    permit: permitFor(command, limits),
    command,
    record,
    portal,
    rows,
    policyVersion: 1,
    settle,
  });
}

function keep(it: Running, ...values: (string | Buffer | null)[]): void {
  const row = encodeDataRow(values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)));
  it.keep(row, 0, row.length);
}

const shape = ['id', 'name'].map((name): FieldDescription => ({
  name,
  tableOid: 0,
  columnAttr: 0,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0,
}));

describe('the record of a result', () => {
  test('shows the first rows as the client saw them, with the names of their columns', () => {
    const it = running();
    it.shape = shape;
    keep(it, '1', 'ada');
    keep(it, '2', null);
    it.rows = 2;
    it.completed('SELECT 2');
    assert.deepEqual(it.outcome(), {
      tag: 'SELECT 2',
      rows: 2,
      bytes: 0,
      masked: 0,
      columns: ['id', 'name'],
      first: [
        ['1', 'ada'],
        ['2', null],
      ],
    });
  });

  test('says which cells of them were changed, and nothing where none was', () => {
    const it = running();
    for (const changed of [[1], []]) {
      const row = encodeDataRow([Buffer.from('1'), Buffer.from('a***')]);
      it.keep(row, 0, row.length, { changed: () => changed });
    }
    assert.deepEqual(it.outcome().maskedAt, [[1], []]);
    const unmasked = running();
    keep(unmasked, '1', 'ada');
    assert.equal(unmasked.outcome().maskedAt, undefined);
  });

  test('shows binary columns as bytes, as the portal was bound', () => {
    const portal: Portal = {
      statements: [],
      parameters: [],
      boundTo: '',
      resultFormats: [0, 1],
      described: true,
      shape,
      begun: undefined,
      running: undefined,
      suspended: undefined,
      rewritten: false,
    };
    const it = running({ portal });
    keep(it, '1', Buffer.from([0, 255]));
    assert.deepEqual(it.outcome().first, [['1', { hex: '00ff' }]]);
  });

  for (const [what, record, kept] of [
    ['keeps no more rows than it may', { rows: 2, bytes: 1000 }, ['aaaa', 'bbbb']],
    ['keeps no more bytes than it may', { rows: 10, bytes: 31 }, ['aaaa', 'bbbb']],
    [
      'leaves out a row that is too large, and keeps a smaller one behind it',
      { rows: 10, bytes: 14 },
      ['cc'],
    ],
    ['keeps nothing where it may keep nothing', { rows: 0, bytes: 1000 }, undefined],
  ] as const) {
    test(what, () => {
      const it = running({ record });
      // A row of one value takes 11 bytes and the value.
      for (const value of ['aaaa', 'bbbb', 'cc']) keep(it, value);
      assert.deepEqual(
        it.outcome().first,
        kept?.map((value) => [value]),
      );
    });
  }

  test('names what failed, and says nothing of rows that were not kept', () => {
    assert.deepEqual(running().outcome('42P01'), { error: '42P01', rows: 0, bytes: 0, masked: 0 });
  });

  test('has the tags of all statements of one text, up to a hundred', () => {
    const it = running();
    for (let i = 0; i < 1000; i++) it.completed(`INSERT 0 ${i}`);
    assert.equal(it.outcome().tag?.split('; ').length, 100);
  });
});

describe('a command that goes on', () => {
  const rows: readonly [readonly EffectKind[], changesSchema: boolean, writes: boolean, limited: boolean][] =
    [
      [['read'], false, false, true],
      [['session'], false, false, true],
      [['write'], false, true, false],
      [['write', 'read'], false, true, true],
      [['schema'], true, true, true],
      [['access'], false, true, true],
      [['execute'], true, true, true],
      [['opaque'], false, true, true],
      [[], false, false, true],
    ];
  for (const [kinds, changesSchema, writes, limited] of rows) {
    test(`with ${kinds.join() || 'no effect'}: what must wait for it, and what it may change`, () => {
      const it = running({ kinds, limits: { rows: 5 } });
      assert.deepEqual([it.changesSchema, it.writes, it.limited], [changesSchema, writes, limited]);
      assert.equal(running({ kinds }).limited, false);
    });
  }

  test('has the limits of its permit', () => {
    const it = running({ limits: { rows: 5, statementMs: 100 } });
    assert.deepEqual([it.rowsMax, it.statementMs], [5, 100]);
    assert.deepEqual([running().rowsMax, running().statementMs], [Number.POSITIVE_INFINITY, undefined]);
  });

  test('tells how it ended', () => {
    const told: boolean[] = [];
    const it = running({ settle: (done) => told.push(done) });
    assert.equal(it.answered, false);
    it.settled(true);
    assert.equal(it.answered, true);
    assert.deepEqual(told, [true]);
  });
});
