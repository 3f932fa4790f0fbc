/** Bytes `[start, end)` of a value, and what stands there instead. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly value: Buffer;
}

/** `bytes[start, end)` with its splices, which are in order and do not overlap. */
export function spliced(bytes: Buffer, start: number, end: number, splices: readonly Splice[]): Buffer {
  const parts: Buffer[] = [];
  let at = start;
  for (const splice of splices) {
    parts.push(bytes.subarray(at, splice.start), splice.value);
    at = splice.end;
  }
  return Buffer.concat([...parts, bytes.subarray(at, end)]);
}
