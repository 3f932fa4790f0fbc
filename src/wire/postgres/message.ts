import { ByteReader, ByteWriter } from '../bytes.ts';
import type { WireSide } from '../bytes.ts';
import { headerBytes } from './frames.ts';

/** How a value is written: 0 text, 1 binary. */
export type FormatCode = 0 | 1;

/** A reader over the body of the message `buffer[start, end)`, whose header must agree with it. */
export function openMessage(
  side: WireSide,
  type: number,
  buffer: Buffer,
  start: number,
  end: number,
): ByteReader {
  const reader = new ByteReader(side, buffer, start, end);
  if (reader.u8() !== type) reader.fail('a message of another type than expected');
  if (reader.u32() !== end - start - 1 || end > buffer.length) {
    reader.fail('a message whose length does not fit its bytes');
  }
  return reader;
}

/** Begins a message; `end().take()` finishes it. */
export function beginMessage(side: WireSide, type: number, bodyBytes = 64): ByteWriter {
  return new ByteWriter(side, headerBytes + bodyBytes).begin(type);
}

/** `Int16 count | Int16[count]`, each 0 or 1. */
export function readFormats(reader: ByteReader): FormatCode[] {
  const formats: FormatCode[] = [];
  for (let left = reader.count(2); left > 0; left--) formats.push(readFormat(reader));
  return formats;
}

export function readFormat(reader: ByteReader): FormatCode {
  const code = reader.u16();
  if (code !== 0 && code !== 1) reader.fail('a format code that is neither text nor binary');
  return code === 0 ? 0 : 1;
}

export function writeFormats(writer: ByteWriter, formats: readonly FormatCode[]): ByteWriter {
  writer.count(formats.length);
  for (const format of formats) writer.i16(format);
  return writer;
}

/** `Int32 length | bytes`; -1 alone is NULL. Any other negative length is refused. */
export function readValue(reader: ByteReader): Buffer | null {
  const length = reader.i32();
  return length === -1 ? null : reader.bytes(length);
}

/** `Int16 count | value[count]` */
export function readValues(reader: ByteReader): (Buffer | null)[] {
  const values: (Buffer | null)[] = [];
  for (let left = reader.count(4); left > 0; left--) values.push(readValue(reader));
  return values;
}

export function writeValues(writer: ByteWriter, values: readonly (Uint8Array | null)[]): ByteWriter {
  writer.count(values.length);
  for (const value of values) writer.value(value);
  return writer;
}

/** `Int16 count | Int32[count]` */
export function readOids(reader: ByteReader): number[] {
  const oids: number[] = [];
  for (let left = reader.count(4); left > 0; left--) oids.push(reader.u32());
  return oids;
}

/** Bytes that `values` take in a message, to size its buffer once. */
export function valuesBytes(values: readonly (Uint8Array | null)[]): number {
  let bytes = 2;
  for (const value of values) bytes += 4 + (value?.byteLength ?? 0);
  return bytes;
}

/** The format of one of several values: none given means text for all, one given means that one for all. */
export function formatOf(formats: readonly FormatCode[], index: number): FormatCode {
  return formats[formats.length === 1 ? 0 : index] ?? 0;
}
