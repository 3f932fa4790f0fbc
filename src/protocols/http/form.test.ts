import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partsChecked } from './form.ts';

const fields = (type: string) => [['Content-Type', type]] as const;
const part = Buffer.from('--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n');

async function through(type: string, chunks: readonly Buffer[]): Promise<string> {
  const passed: Buffer[] = [];
  for await (const chunk of partsChecked(fields(type), streamOf(chunks))) passed.push(chunk);
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

  test('goes on as it is where none does, and so does what is no form', async () => {
    const other = Buffer.from(part.toString().replace('_method', 'method_'));
    assert.equal(await through('multipart/form-data; boundary=x', [other, other]), `${other}${other}`);
    assert.equal(await through('text/plain', [part]), part.toString());
  });
});
