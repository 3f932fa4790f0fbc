import { isUtf8 } from 'node:buffer';
import type { Command, Parameter } from './command.ts';
import type { RecordedValue } from './event.ts';

/** A value as the record shows it. */
export function recordedValue(bytes: Uint8Array | null, format: Parameter['format']): RecordedValue {
  if (bytes === null) return null;
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'text') {
    const text = buffer.toString('utf8');
    // Bad bytes become a replacement character, which is also one of its own: only then look closer.
    if (!text.includes('\ufffd') || isUtf8(buffer)) return text;
    // Not UTF-8: shown as bytes, never guessed at.
  }
  return { hex: buffer.toString('hex') };
}

export function recordedParameters({ parameters }: Command): RecordedValue[] {
  return parameters.map(({ bytes, format }) => recordedValue(bytes, format));
}
