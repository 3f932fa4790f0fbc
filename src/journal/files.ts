import { mkdir, readdir, stat } from 'node:fs/promises';
import { SallyportError } from '../core/errors.ts';

const namePattern = /^journal-(\d{8})\.ndjson$/;
/** Written to, or listed by, others than the owner. */
const writableByOthers = 0o022;

/** `journal-00000001.ndjson` */
export function fileName(number: number): string {
  return `journal-${String(number).padStart(8, '0')}.ndjson`;
}

/** Undefined where it is no file of the journal. */
export function numberOf(name: string): number | undefined {
  const digits = namePattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Numbers of the journal's files, ascending. An absent folder has none. */
export async function fileNumbers(dir: string): Promise<number[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .map((name) => numberOf(name))
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);
}

/** @throws SallyportError `journal_unavailable` where others may write into the folder */
export async function privateFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { mode } = await stat(dir);
  if ((mode & writableByOthers) === 0) return;
  throw new SallyportError('journal_unavailable', `others may write into ${dir}`, {
    hint: `chmod 700 ${dir}, then run "sallyport audit verify".`,
  });
}
