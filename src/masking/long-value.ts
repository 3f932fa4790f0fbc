import { SallyportError } from '../core/errors.ts';
import type { DetectorSet } from './detect.ts';

/** A longer value is not kept to be masked. Work on it takes several times its bytes. */
export const keptValueBytesMax = 16 * 1024 * 1024;

/** What becomes of a value that is too long to be kept. */
export type LongValue =
  | { readonly kind: 'constant'; readonly value: Buffer | null }
  /** Looked through as it comes. */
  | { readonly kind: 'windows'; readonly detect: DetectorSet }
  | { readonly kind: 'refused' };

export const refused: LongValue = { kind: 'refused' };

/** Of the column `index`, from 0. */
export function tooLong(index: number, bytesMax: number): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: column ${index + 1} of a row has a value over ${mebibytes(bytesMax)}, too long to be looked into`,
    { hint: 'Select a part of it (substring, a path into the document), or leave it out.' },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 / 1024) * 10) / 10} MiB`;
}
