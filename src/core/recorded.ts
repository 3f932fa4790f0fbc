import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
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

/**
 * What is recorded in full of one command's parameters, in bytes. A Bind of 60 MB would keep everybody waiting for
 * seconds while it is written, and leave six times its size in the journal.
 */
const wholeBytesMax = 1024 * 1024;
/** Of what is longer, this much is shown beside the digest. What is no longer than this is always shown in full. */
const beginningBytes = 256;

export function recordedParameters({ parameters }: Command): RecordedValue[] {
  let left = wholeBytesMax;
  return parameters.map(({ bytes, format }) => {
    const length = bytes?.byteLength ?? 0;
    if (bytes === null || length <= beginningBytes) return recordedValue(bytes, format);
    if (length > left) return digested(bytes);
    left -= length;
    return recordedValue(bytes, format);
  });
}

function digested(bytes: Uint8Array): RecordedValue {
  return {
    hex: Buffer.from(bytes.subarray(0, beginningBytes)).toString('hex'),
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
