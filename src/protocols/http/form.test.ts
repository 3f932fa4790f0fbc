import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { formRefusal, partsChecked } from './form.ts';

const fields = (type: string) => (type === '' ? [] : [['Content-Type', type] as const]);
const part = Buffer.from('--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n');

async function through(type: string, chunks: readonly Buffer[]): Promise<string> {
  const passed: Buffer[] = [];
  for await (const chunk of partsChecked({ method: 'POST', fields: fields(type) }, streamOf(chunks)))
    passed.push(chunk);
  return Buffer.concat(passed).toString();
}

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

describe('a large form', () => {
  test('is cut off at a part that asks for another method, wherever its chunks end', async () => {
    for (let at = 0; at <= part.length; at++) {
      const chunks = [part.subarray(0, at), part.subarray(at)];
      await assert.rejects(through('Multipart/Form-Data; boundary=x', chunks), { code: 'protocol' }, `${at}`);
    }
    const bytes = [...part].map((byte) => Buffer.of(byte));
    await assert.rejects(through('multipart/form-data; boundary=x', bytes), { code: 'protocol' });
  });

  test('that does not say it is one is so cut off, too', async () => {
    const form = Buffer.from('a=1&%5Fmethod=DELETE&b=2');
    for (let at = 0; at <= form.length; at++) {
      await assert.rejects(
        through('', [form.subarray(0, at), form.subarray(at)]),
        { code: 'protocol' },
        `${at}`,
      );
    }
    const other = Buffer.from('a=_method&my_method=1');
    assert.equal(await through('', [other.subarray(0, 12), other.subarray(12)]), other.toString());
  });

  test('goes on as it is where none does, and so does what is no form', async () => {
    const other = Buffer.from(part.toString().replace('_method', 'method_'));
    assert.equal(await through('multipart/form-data; boundary=x', [other, other]), `${other}${other}`);
    assert.equal(await through('text/plain', [part]), part.toString());
  });
});

describe('a body that frameworks read as a form', () => {
  const form = '_method=DELETE&a=1';
  const json = '{"_method":"DELETE"}';
  const rows: readonly [
    title: string,
    fields: Record<string, string>,
    body: string | Buffer,
    refused: RegExp | undefined,
  ][] = [
    ['of no type', {}, form, /asks for another method/],
    ['of an empty type', { 'content-type': '' }, form, /asks for another method/],
    ['of two types', { 'content-type': 'application/x-www-form-urlencoded, a/b' }, form, /another method/],
    ['of no type that asks for none', {}, 'a=1', undefined],
    [
      'packed',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' },
      gzipSync(form),
      /Content-Encoding/,
    ],
    [
      'packed in parts',
      { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'br' },
      'x',
      /Content-Encoding/,
    ],
    [
      'packed by identity',
      { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'identity' },
      'a=1',
      undefined,
    ],
    [
      'JSON, packed',
      { 'content-type': 'application/json', 'content-encoding': 'GZIP' },
      gzipSync(json),
      /another method/,
    ],
    [
      'JSON, packed otherwise',
      { 'content-type': 'application/json', 'content-encoding': 'deflate' },
      deflateSync(json),
      /another method/,
    ],
    [
      'JSON, packed, that asks for none',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      gzipSync('{"a":1}'),
      undefined,
    ],
    [
      'JSON that says it is packed, and is not',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      '{"a":1}',
      undefined,
    ],
    ['a text', { 'content-type': 'text/plain' }, form, undefined],
  ];
  for (const [title, given, body, refused] of rows) {
    test(`${title} is ${refused === undefined ? 'let through' : 'refused'}`, () => {
      const asked = { method: 'POST', fields: Object.entries(given) };
      const refusal = formRefusal(asked, { whole: Buffer.from(body) });
      if (refused === undefined) assert.equal(refusal, undefined);
      else assert.match(refusal?.message ?? '', refused);
    });
  }

  test('of no type that is PUT somewhere is none', () => {
    assert.equal(formRefusal({ method: 'PUT', fields: [] }, { whole: Buffer.from(form) }), undefined);
  });
});
