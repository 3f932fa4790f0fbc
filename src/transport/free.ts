/** Smaller ones are not worth it. PostgreSQL sends rows by 8 KiB (PqSendBuffer, libpq/pqcomm.c). */
export const freedBytesMin = 4 * 1024;

/**
 * Gives the memory of a large buffer back at once: of what only passes through, V8 would let 64 MiB and more lie about
 * before it collects. Nobody may look at the buffer, or a part of it, any more; one that is itself a part stays.
 */
export function free(buffer: Buffer): void {
  const memory: ArrayBufferLike = buffer.buffer;
  const isWhole = memory instanceof ArrayBuffer && memory.byteLength === buffer.length;
  if (isWhole && buffer.length >= freedBytesMin) memory.transfer(0);
}
