import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../bytes.ts';
import * as frontend from './frontend.ts';
import { formatOf } from './message.ts';

const clientFault = { name: 'WireError', side: 'client' };

/** Decodes from the middle of a larger buffer, as the splitter gives it. */
function within<T>(message: Buffer, decode: (buffer: Buffer, start: number, end: number) => T): T {
  const buffer = Buffer.concat([Buffer.alloc(3, 0x41), message, Buffer.alloc(5)]);
  return decode(buffer, 3, 3 + message.length);
}

function raw(type: number, hex: string): Buffer {
  return new ByteWriter('client')
    .begin(type)
    .bytes(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
    .end()
    .take();
}

const startup = [
  ['user', 'anna'],
  ['database', 'orders'],
  ['options', ''],
] as const;

test('the bytes of a StartupMessage', () => {
  const bytes = frontend.encodeStartup([['user', 'a']], { minor: 2 });
  assert.equal(bytes.toString('latin1'), '\0\0\0\x10\0\x03\0\x02user\0a\0\0');
});

test('startup packets, there and back', () => {
  assert.deepEqual(frontend.decodeStartup(frontend.encodeStartup(startup)), {
    kind: 'StartupMessage',
    major: 3,
    minor: 0,
    parameters: new Map(startup),
  });
  assert.deepEqual(frontend.decodeStartup(frontend.encodeSSLRequest()), { kind: 'SSLRequest' });
  assert.deepEqual(frontend.decodeStartup(Buffer.from('0000000804d21630', 'hex')), { kind: 'GSSENCRequest' });
  for (const keyBytes of [4, 32, 256]) {
    const cancel = { processId: -7, secretKey: Buffer.alloc(keyBytes, 9) };
    assert.deepEqual(frontend.decodeStartup(frontend.encodeCancelRequest(cancel)), {
      kind: 'CancelRequest',
      ...cancel,
    });
  }
});

const version3 = '00030000';
const badStartups: readonly (readonly [string, string])[] = [
  ['no terminator', `${version3}`],
  ['a name without a value', `${version3}7573657200`],
  ['a value without its NUL', `${version3}757365720061`],
  ['bytes behind the terminator', `${version3}757365720061000000`],
  ['a parameter twice', `${version3} 7573657200 6100 7573657200 6200 00`],
  ['a name that is not UTF-8', `${version3}ff00610000`],
  ['protocol 2.0', '0002000000'],
  ['protocol 4.0', '0004000000'],
  ['an SSLRequest that goes on', '04d2162f00'],
  ['a GSSENCRequest that goes on', '04d2163000'],
  ['a CancelRequest without a key', '04d2162e00000001'],
  ['a CancelRequest with a key of 3', '04d2162e00000001000000'],
  ['a CancelRequest with a key of 257', `04d2162e00000001${'00'.repeat(257)}`],
];

for (const [name, hex] of badStartups) {
  test(`startup refused: ${name}`, () => {
    const packet = new ByteWriter('client')
      .begin()
      .bytes(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
      .end()
      .take();
    assert.throws(() => frontend.decodeStartup(packet), clientFault);
  });
}

test('startup refused: a length that does not fit', () => {
  const packet = frontend.encodeStartup(startup);
  packet.writeInt32BE(packet.length + 1);
  assert.throws(() => frontend.decodeStartup(packet), clientFault);
});

const bind = {
  portal: 'p',
  statement: 's',
  parameterFormats: [0, 1, 0],
  parameters: [Buffer.from('1'), null, Buffer.alloc(0)],
  resultFormats: [1],
} as const;

test('messages, there and back', () => {
  assert.equal(within(frontend.encodeQuery('sélect 1'), frontend.decodeQuery), 'sélect 1');
  assert.equal(within(frontend.encodePassword('pässword'), frontend.decodePassword), 'pässword');
  assert.equal(frontend.encodeCopyData(Buffer.from('1\n')).toString('latin1'), 'd\0\0\0\x061\n');
  assert.equal(within(frontend.encodeCopyFail('no'), frontend.decodeCopyFail), 'no');
  const parse = { name: 'n', query: 'select $1', parameterTypes: [23, 0, 0xffffffff] };
  assert.deepEqual(within(frontend.encodeParse(parse), frontend.decodeParse), parse);
  assert.deepEqual(within(frontend.encodeBind(bind), frontend.decodeBind), bind);
  assert.deepEqual(within(frontend.encodeDescribe({ kind: 'S', name: '' }), frontend.decodeDescribe), {
    kind: 'S',
    name: '',
  });
  assert.deepEqual(within(frontend.encodeClose({ kind: 'P', name: 'c' }), frontend.decodeClose), {
    kind: 'P',
    name: 'c',
  });
  const execute = { portal: 'p', rowsMax: 10 };
  assert.deepEqual(within(frontend.encodeExecute(execute), frontend.decodeExecute), execute);
  for (const data of [null, Buffer.alloc(0), Buffer.from('n,,n=,r=x')]) {
    const initial = frontend.encodeSASLInitialResponse('SCRAM-SHA-256', data);
    assert.deepEqual(within(initial, frontend.decodeSASLInitialResponse), {
      mechanism: 'SCRAM-SHA-256',
      data,
    });
  }
  const data = Buffer.from('c=biws');
  assert.deepEqual(within(frontend.encodeSASLResponse(data), frontend.decodeSASLResponse), data);
});

const empties = [
  ['Sync', frontend.encodeSync(), frontend.FrontendType.Sync, 'S\0\0\0\x04'],
  ['Flush', frontend.encodeFlush(), frontend.FrontendType.Flush, 'H\0\0\0\x04'],
  ['Terminate', frontend.encodeTerminate(), frontend.FrontendType.Terminate, 'X\0\0\0\x04'],
] as const;

for (const [name, message, type, bytes] of empties) {
  test(`${name} has no body`, () => {
    assert.equal(message.toString('latin1'), bytes);
    within(message, (buffer, start, end) => frontend.checkEmpty(type, buffer, start, end));
    const longer = raw(type, '00');
    assert.throws(() => frontend.checkEmpty(type, longer, 0, longer.length), clientFault);
  });
}

test('Execute: below one is all', () => {
  for (const rowsMax of [0, -1, -0x80000000]) {
    const message = frontend.encodeExecute({ portal: '', rowsMax });
    assert.equal(within(message, frontend.decodeExecute).rowsMax, 0);
  }
});

test('FunctionCall gives its function', () => {
  // Function 1598, one text argument 'a', binary result.
  const message = raw(0x46, '0000063e 00010000 0001 0000000161 0001');
  assert.deepEqual(within(message, frontend.decodeFunctionCall), { functionOid: 1598 });
});

test('formatOf: none is text, one is for all, else one each', () => {
  assert.deepEqual(
    [0, 1].map((index) => formatOf([], index)),
    [0, 0],
  );
  assert.deepEqual(
    [0, 1].map((index) => formatOf([1], index)),
    [1, 1],
  );
  assert.deepEqual(
    [0, 1].map((index) => formatOf([0, 1], index)),
    [0, 1],
  );
});

type Decode = (buffer: Buffer, start: number, end: number) => unknown;
const refused: readonly (readonly [string, number, string, Decode])[] = [
  ['Query without NUL', 0x51, '61', frontend.decodeQuery],
  ['Query with a NUL inside', 0x51, '61006200', frontend.decodeQuery],
  ['Query that is not UTF-8', 0x51, 'c328 00', frontend.decodeQuery],
  ['Query with nothing', 0x51, '', frontend.decodeQuery],
  ['another type', 0x50, '00', frontend.decodeQuery],
  ['Parse without types', 0x50, '0000', frontend.decodeParse],
  ['Parse with too few types', 0x50, '0000 0002 00000000', frontend.decodeParse],
  ['Parse with 65,535 types announced', 0x50, '0000 ffff', frontend.decodeParse],
  ['Parse with bytes left over', 0x50, '0000 0000 00', frontend.decodeParse],
  ['Bind with nothing after its names', 0x42, '0000', frontend.decodeBind],
  ['Bind with format 2', 0x42, '0000 00010002 0000 0000', frontend.decodeBind],
  ['Bind with format -1', 0x42, '0000 0001ffff 0000 0000', frontend.decodeBind],
  ['Bind with length -2', 0x42, '0000 0000 0001fffffffe 0000', frontend.decodeBind],
  ['Bind with length 2^31 - 1', 0x42, '0000 0000 00017fffffff 0000', frontend.decodeBind],
  ['Bind with length -2^31', 0x42, '0000 0000 000180000000 0000', frontend.decodeBind],
  ['Bind whose lengths wrap at 4 GB', 0x42, '0000 0000 0002 7ffffffe 80000002 0000', frontend.decodeBind],
  [
    'Bind with two formats for one parameter',
    0x42,
    '0000 000200000000 0001ffffffff 0000',
    frontend.decodeBind,
  ],
  ['Bind without result formats', 0x42, '0000 0000 0000', frontend.decodeBind],
  ['Bind with bytes left over', 0x42, '0000 0000 0000 0000 00', frontend.decodeBind],
  ['Describe of something else', 0x44, '5800', frontend.decodeDescribe],
  ['Describe of nothing', 0x44, '', frontend.decodeDescribe],
  ['Close with bytes left over', 0x43, '530000', frontend.decodeClose],
  ['Execute without a limit', 0x45, '00', frontend.decodeExecute],
  ['Execute with bytes left over', 0x45, '000000000000', frontend.decodeExecute],
  ['FunctionCall cut short', 0x46, '0000063e 0000 0001', frontend.decodeFunctionCall],
  ['FunctionCall with bytes left over', 0x46, '0000063e 0000 0000 0000 00', frontend.decodeFunctionCall],
  ['password with a second field', 0x70, '610000', frontend.decodePassword],
  ['SASLInitialResponse longer than it is', 0x70, '6100 00000001', frontend.decodeSASLInitialResponse],
  ['SASLInitialResponse of length -2', 0x70, '6100 fffffffe', frontend.decodeSASLInitialResponse],
];

for (const [name, type, hex, decode] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(() => within(raw(type, hex), decode), clientFault);
  });
}

test('refused: a header that does not fit the bytes given', () => {
  const message = frontend.encodeQuery('select 1');
  assert.throws(() => frontend.decodeQuery(message, 0, message.length - 1), clientFault);
  message.writeInt32BE(message.length, 1);
  assert.throws(() => frontend.decodeQuery(message, 0, message.length), clientFault);
  assert.throws(() => frontend.decodeQuery(message, 0, message.length + 1), clientFault);
});

test('text with a NUL cannot be sent', () => {
  const attempts: readonly (() => unknown)[] = [
    () => frontend.encodeQuery('select 1\0drop'),
    () => frontend.encodeParse({ name: '', query: 'a\0b', parameterTypes: [] }),
    () => frontend.encodePassword('a\0b'),
    () => frontend.encodeStartup([['user', 'a\0role\0admin']]),
    () => frontend.encodeDescribe({ kind: 'S', name: 'a\0' }),
  ];
  for (const attempt of attempts) assert.throws(attempt, clientFault);
});

test('more parameters than a Bind can count cannot be sent', () => {
  const parameters = Array.from({ length: 65_536 }, () => null);
  assert.throws(() => frontend.encodeBind({ ...bind, parameters }), { ...clientFault, reason: 'too_large' });
});
