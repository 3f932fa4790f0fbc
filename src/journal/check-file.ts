import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChainCheck } from './chain-check.ts';
import { LineReader } from './lines.ts';

const digestBytes = 1024 * 1024;
/** How often, and how long, to wait for the rest of what a running gateway may be writing. */
export const liveTries = 5;
export const liveMs = 20;

/** `name`: as faults call it. */
export async function checkFile(
  path: string,
  name: string,
  check: ChainCheck,
  newest: boolean,
): Promise<void> {
  const handle = await open(path, 'r');
  try {
    check.beginFile(name);
    const reader = new LineReader(handle);
    await checkLines(reader, check);
    for (let tries = newest ? liveTries : 0; tries > 0 && midBlock(reader, check); tries--) {
      await delay(liveMs);
      await checkLines(reader, check);
    }
    await check.endFile(reader.rest, (from) => digest(handle, from));
  } finally {
    await handle.close();
  }
}

function midBlock(reader: LineReader, check: ChainCheck): boolean {
  return reader.rest.length > 0 || check.unfinished;
}

async function checkLines(reader: LineReader, check: ChainCheck): Promise<void> {
  for (let lines = await reader.next(); lines !== undefined; lines = await reader.next()) {
    for (const line of lines) check.line(line);
  }
}

async function digest(handle: FileHandle, from: number): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(digestBytes);
  let bytes = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, from + bytes);
    if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(chunk.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}
