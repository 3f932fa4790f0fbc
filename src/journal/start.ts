import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/whole-file.ts';
import { parseCheckpoint } from './chain.ts';
import type { Checkpoint } from './chain.ts';
import { fileName, numberOf } from './files.ts';

export const startName = 'start.json';

/** Where a journal begins whose older files were dropped. What proves it is `journal.dropped`, further on in it. */
export interface Start {
  /** The first file that is kept. */
  readonly number: number;
  /** The last line of the file before: what the first block that is kept follows from. */
  readonly line: string;
  readonly checkpoint: Checkpoint;
}

const pattern = /^\{"first":"([^"]{1,40})","after":(\{[^{}]*\})\}\n$/;

/** Undefined where nothing was dropped; `damaged` where it is unreadable. */
export async function readStart(dir: string): Promise<Start | 'damaged' | undefined> {
  const text = await readFile(join(dir, startName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [, first = '', line = ''] = pattern.exec(text) ?? [];
  const number = numberOf(first);
  const checkpoint = parseCheckpoint(line);
  if (number === undefined || checkpoint === undefined) return 'damaged';
  return { number, line: `${line}\n`, checkpoint };
}

export async function writeStart(dir: string, { number, line }: Omit<Start, 'checkpoint'>): Promise<void> {
  const text = `{"first":"${fileName(number)}","after":${line.trimEnd()}}\n`;
  await replaceFile(join(dir, startName), 0o600, text);
}
