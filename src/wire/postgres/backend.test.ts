import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../bytes.ts';
import * as login from './backend-login.ts';
import * as backend from './backend.ts';

const upstreamFault = { name: 'WireError', side: 'upstream' };

/** Decodes from the middle of a larger buffer, as the splitter gives it. */
function within<T>(message: Buffer, decode: (buffer: Buffer, start: number, end: number) => T): T {
  const buffer = Buffer.concat([Buffer.alloc(3, 0x41), message, Buffer.alloc(5)]);
  return decode(buffer, 3, 3 + message.length);
}

function raw(type: number, hex: string): Buffer {
  return new ByteWriter('upstream')
    .begin(type)
    .bytes(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    .end()
    .take();
}

const data = Buffer.from('r=abc');
const authentications: readonly (readonly [Buffer, login.Authentication])[] = [
  [login.encodeAuthenticationOk(), { kind: 'Ok' }],
  [login.encodeAuthenticationCleartextPassword(), { kind: 'CleartextPassword' }],
  [raw(0x52, '0000000501020304'), { kind: 'MD5Password', salt: Buffer.from([1, 2, 3, 4]) }],
  [
    login.encodeAuthenticationSASL(['SCRAM-SHA-256', 'OAUTHBEARER']),
    { kind: 'SASL', mechanisms: ['SCRAM-SHA-256', 'OAUTHBEARER'] },
  ],
  [login.encodeAuthenticationSASLContinue(data), { kind: 'SASLContinue', data }],
  [login.encodeAuthenticationSASLFinal(data), { kind: 'SASLFinal', data }],
  [raw(0x52, '00000008616263'), { kind: 'other', code: 8 }],
];

for (const [message, expected] of authentications) {
  test(`authentication: ${expected.kind}`, () => {
    assert.deepEqual(within(message, login.decodeAuthentication), expected);
  });
}

const field: backend.FieldDescription = {
  name: 'e-mail',
  tableOid: 0xfffffff0,
  columnAttr: -1,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 1,
};

test('messages, there and back', () => {
  const status = { name: 'TimeZone', value: 'Europe/Prague' };
  assert.deepEqual(within(backend.encodeParameterStatus(status), backend.decodeParameterStatus), status);
  for (const keyBytes of [4, 32, 256]) {
    const key = { processId: -5, secretKey: Buffer.alloc(keyBytes, 7) };
    assert.deepEqual(within(login.encodeBackendKeyData(key), login.decodeBackendKeyData), key);
  }
  for (const ready of ['I', 'T', 'E'] as const) {
    assert.equal(within(backend.encodeReadyForQuery(ready), backend.decodeReadyForQuery), ready);
  }
  for (const fields of [[], [field, { ...field, name: '', format: 0 as const }]]) {
    assert.deepEqual(within(backend.encodeRowDescription(fields), backend.decodeRowDescription), fields);
  }
  assert.equal(within(backend.encodeCommandComplete('SELECT 3'), backend.decodeCommandComplete), 'SELECT 3');
  const notification = { processId: 12, channel: 'c', payload: 'p' };
  assert.deepEqual(
    within(backend.encodeNotificationResponse(notification), backend.decodeNotification),
    notification,
  );
  const negotiated = { major: 3, minor: 2, unrecognized: ['_pq_.x', '_pq_.y'] };
  assert.deepEqual(
    within(login.encodeNegotiateProtocolVersion(negotiated), login.decodeNegotiateProtocolVersion),
    negotiated,
  );
  assert.deepEqual(
    within(raw(0x74, '0002 00000017 fffffff0'), backend.decodeParameterDescription),
    [23, 0xfffffff0],
  );
  const types = [23, 0xfffffff0];
  assert.deepEqual(
    within(backend.encodeParameterDescription(types), backend.decodeParameterDescription),
    types,
  );
});

test('NegotiateProtocolVersion with the minor version alone', () => {
  const message = raw(0x76, '00000002 00000000');
  assert.deepEqual(within(message, login.decodeNegotiateProtocolVersion), {
    major: 3,
    minor: 2,
    unrecognized: [],
  });
});

for (const type of [0x47, 0x48, 0x57]) {
  test(`copy response ${String.fromCharCode(type)}`, () => {
    assert.deepEqual(within(raw(type, '01 0002 00010001'), backend.decodeCopyResponse), {
      format: 1,
      columnFormats: [1, 1],
    });
  });
}

/** The fields of a row as the visitor sees them. */
function fieldsOf(row: Buffer, columns?: number): (string | null)[] {
  const seen: (string | null)[] = [];
  within(row, (buffer, start, end) =>
    backend.forEachField(
      buffer,
      start,
      end,
      (index, valueStart, valueLength) => {
        assert.equal(index, seen.length);
        seen.push(
          valueLength === -1 ? null : buffer.toString('latin1', valueStart, valueStart + valueLength),
        );
      },
      columns,
    ),
  );
  return seen;
}

const rows: readonly (readonly (string | null)[])[] = [
  [],
  ['a'],
  [null],
  ['', null, 'abc', ''],
  [null, null, 'x'.repeat(70_000)],
  Array.from({ length: 1664 }, (_, index) => String(index)),
];

for (const row of rows) {
  test(`a row of ${row.length} fields, ${row.join().length} characters`, () => {
    const message = backend.encodeDataRow(row.map((value) => (value === null ? null : Buffer.from(value))));
    assert.deepEqual(fieldsOf(message), row);
    assert.deepEqual(fieldsOf(message, row.length), row);
    assert.throws(() => fieldsOf(message, row.length + 1), upstreamFault);
  });
}

test('a row that does not fit its description shows no field', () => {
  const message = backend.encodeDataRow([Buffer.from('secret')]);
  const visit = (): void => assert.fail('a field was shown');
  for (const columns of [0, 2]) {
    assert.throws(() => backend.forEachField(message, 0, message.length, visit, columns), upstreamFault);
  }
});

const errorFields = { S: 'ERROR', C: '42501', M: 'není dovoleno', D: '{"rules":[]}' };

test('errors and notices, there and back', () => {
  const expected = new Map(Object.entries(errorFields));
  assert.deepEqual(within(backend.encodeErrorResponse(errorFields), backend.decodeErrorFields), expected);
  assert.deepEqual(within(backend.encodeErrorResponse(expected), backend.decodeErrorFields), expected);
  assert.deepEqual(within(backend.encodeNoticeResponse(errorFields), backend.decodeErrorFields), expected);
});

test('an error without SQLSTATE, or without anything, is an error still', () => {
  assert.deepEqual(within(raw(0x45, '00'), backend.decodeErrorFields), new Map());
  assert.deepEqual(within(raw(0x45, '4d6869 00 00'), backend.decodeErrorFields), new Map([['M', 'hi']]));
});

test('an error in another encoding is shown as well as can be', () => {
  const fields = within(raw(0x45, '4d61e962 00 00'), backend.decodeErrorFields);
  assert.equal(fields.get('M'), 'a\ufffdb');
});

test('of an error field given twice the first counts', () => {
  const fields = within(raw(0x45, '43 6100 43 6200 00'), backend.decodeErrorFields);
  assert.equal(fields.get('C'), 'a');
});

test('a NUL in an error text forges no field', () => {
  const message = backend.encodeErrorResponse({ M: 'a\0C00000\0' });
  assert.deepEqual(within(message, backend.decodeErrorFields), new Map([['M', 'a\ufffdC00000\ufffd']]));
});

test('an error field that is no letter is refused', () => {
  for (const letter of ['', '\0', 'SS', 'é']) {
    assert.throws(() => backend.encodeErrorResponse({ [letter]: 'x' }), upstreamFault);
  }
});

test('a NUL in other texts is refused', () => {
  const attempts: readonly (() => unknown)[] = [
    () => backend.encodeParameterStatus({ name: 'a', value: 'b\0' }),
    () => backend.encodeCommandComplete('SELECT\0'),
    () => backend.encodeRowDescription([{ ...field, name: 'a\0' }]),
    () => backend.encodeNotificationResponse({ processId: 1, channel: 'a', payload: '\0' }),
    () => login.encodeAuthenticationSASL(['a\0b']),
  ];
  for (const attempt of attempts) assert.throws(attempt, upstreamFault);
});

type Decode = (buffer: Buffer, start: number, end: number) => unknown;
const forEachField: Decode = (buffer, start, end) => backend.forEachField(buffer, start, end, () => {});
const refused: readonly (readonly [string, number, string, Decode])[] = [
  ['authentication without a code', 0x52, '0000', login.decodeAuthentication],
  ['AuthenticationOk that goes on', 0x52, '0000000000', login.decodeAuthentication],
  ['MD5 with a short salt', 0x52, '00000005010203', login.decodeAuthentication],
  ['SASL without its terminator', 0x52, '0000000a6100', login.decodeAuthentication],
  ['SASL that goes on', 0x52, '0000000a61000000', login.decodeAuthentication],
  ['ParameterStatus without a value', 0x53, '6100', backend.decodeParameterStatus],
  ['ParameterStatus that goes on', 0x53, '61006200 00', backend.decodeParameterStatus],
  ['BackendKeyData with a key of 3', 0x4b, '00000001 000000', login.decodeBackendKeyData],
  ['BackendKeyData with a key of 257', 0x4b, `00000001 ${'00'.repeat(257)}`, login.decodeBackendKeyData],
  ['ReadyForQuery without a status', 0x5a, '', backend.decodeReadyForQuery],
  ['ReadyForQuery with status X', 0x5a, '58', backend.decodeReadyForQuery],
  ['ReadyForQuery that goes on', 0x5a, '4949', backend.decodeReadyForQuery],
  ['RowDescription without a count', 0x54, '00', backend.decodeRowDescription],
  ['RowDescription with 65,535 fields announced', 0x54, 'ffff', backend.decodeRowDescription],
  ['RowDescription cut short', 0x54, `0001 6100${'00'.repeat(17)}`, backend.decodeRowDescription],
  ['RowDescription with format 2', 0x54, `0001 00 ${'00'.repeat(17)} 02`, backend.decodeRowDescription],
  ['RowDescription that goes on', 0x54, '0000 00', backend.decodeRowDescription],
  ['ParameterDescription cut short', 0x74, '0002 00000000', backend.decodeParameterDescription],
  ['DataRow without a count', 0x44, '00', forEachField],
  ['DataRow with a field missing', 0x44, '0001', forEachField],
  ['DataRow with half a length', 0x44, '0001 0000', forEachField],
  ['DataRow with length -2', 0x44, '0001 fffffffe', forEachField],
  ['DataRow with length -2^31', 0x44, '0001 80000000', forEachField],
  ['DataRow with length 2^31 - 1', 0x44, '0001 7fffffff', forEachField],
  ['DataRow with a field one byte too long', 0x44, '0001 00000002 61', forEachField],
  ['DataRow that goes on', 0x44, '0001 00000001 6161', forEachField],
  ['CommandComplete without NUL', 0x43, '61', backend.decodeCommandComplete],
  ['an error without its terminator', 0x45, '4d6100', backend.decodeErrorFields],
  ['an error with text without NUL', 0x45, '4d61', backend.decodeErrorFields],
  ['an error that goes on', 0x45, '0000', backend.decodeErrorFields],
  ['another type than an error', 0x44, '00', backend.decodeErrorFields],
  ['a notification without a payload', 0x41, '00000001 6100', backend.decodeNotification],
  ['a copy response with format 2', 0x48, '02 0000', backend.decodeCopyResponse],
  ['a copy response cut short', 0x47, '00 0001', backend.decodeCopyResponse],
  ['another type than a copy response', 0x44, '00 0000', backend.decodeCopyResponse],
  [
    'NegotiateProtocolVersion with 2^32 - 1 options announced',
    0x76,
    '00030000 ffffffff 00',
    login.decodeNegotiateProtocolVersion,
  ],
];

for (const [name, type, hex, decode] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(() => within(raw(type, hex), decode), upstreamFault);
  });
}
