import type { Command, Parameter } from './command.ts';
import type { RecordedValue } from './event.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A value as the record shows it. */
export function recordedValue(bytes: Uint8Array | null, format: Parameter['format']): RecordedValue {
  if (bytes === null) return null;
  if (format === 'text') {
    try {
      return utf8.decode(bytes);
    } catch {
      // Not UTF-8: shown as bytes, never guessed at.
    }
  }
  return { hex: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex') };
}

export function recordedParameters(command: Command): { parameters?: RecordedValue[] } {
  if (command.parameters.length === 0) return {};
  return { parameters: command.parameters.map(({ bytes, format }) => recordedValue(bytes, format)) };
}
