import type { CopyFormat } from '../wire/sql/copy-format.ts';
import { BinaryCopyMasker } from './copy-binary.ts';
import { CsvCopyMasker } from './copy-csv.ts';
import type { CopyMasker } from './copy-stream.ts';
import { TextCopyMasker } from './copy-text.ts';
import type { FieldMask } from './field.ts';

export type { CopyMasker } from './copy-stream.ts';

/** What masks the data of a COPY to the client; `columns` as they are sent. */
export function copyMasker(format: CopyFormat, columns: readonly FieldMask[]): CopyMasker {
  switch (format.kind) {
    case 'text':
      return new TextCopyMasker(columns, format);
    case 'csv':
      return new CsvCopyMasker(columns, format);
    case 'binary':
      return new BinaryCopyMasker(columns);
  }
}
