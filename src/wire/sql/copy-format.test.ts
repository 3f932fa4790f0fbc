import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { copyFormat } from './copy-format.ts';
import type { CopyFormat } from './copy-format.ts';
import { under } from './tree.ts';

before(loadModule);

const text: CopyFormat = { kind: 'text', delimiter: '\t', null: '\\N', header: false };
const csv: CopyFormat = {
  kind: 'csv',
  delimiter: ',',
  null: '',
  header: false,
  quote: '"',
  escape: '"',
  forceQuote: false,
};

const understood: readonly (readonly [options: string, CopyFormat])[] = [
  ['', text],
  ['(FORMAT text)', text],
  ['(FORMAT csv)', csv],
  ['CSV', csv],
  ['(FORMAT binary)', { kind: 'binary' }],
  ['WITH BINARY', { kind: 'binary' }],
  ["(DELIMITER '|', NULL 'none')", { ...text, delimiter: '|', null: 'none' }],
  ["USING DELIMITERS '|' WITH NULL AS ''", { ...text, delimiter: '|', null: '' }],
  ['(HEADER)', { ...text, header: true }],
  ['(HEADER on)', { ...text, header: true }],
  ['(HEADER 1)', { ...text, header: true }],
  ['(HEADER 0)', text],
  ["(HEADER 'Off')", text],
  ['CSV HEADER', { ...csv, header: true }],
  ["(FORMAT csv, QUOTE 'q')", { ...csv, quote: 'q', escape: 'q' }],
  ["(FORMAT csv, QUOTE 'q', ESCAPE 'e')", { ...csv, quote: 'q', escape: 'e' }],
  ['(FORMAT csv, FORCE_QUOTE *)', { ...csv, forceQuote: true }],
  ['CSV FORCE QUOTE a', { ...csv, forceQuote: true }],
  ["(ENCODING 'UTF-8')", text],
  ["(DEFAULT '\\D')", { ...text, default: '\\D' }],
  ['(FORMAT csv, FORCE_NULL (a))', { ...csv, forceNull: true }],
];

const unclear: readonly string[] = [
  "(FORMAT 'CSV')",
  "(FORMAT 'json')",
  '(FORMAT csv, FORMAT text)',
  "(DELIMITER '')",
  "(DELIMITER 'ab')",
  "(DELIMITER 'é')",
  '(DELIMITER)',
  '(FORMAT csv, DELIMITER 5)',
  "(FORMAT csv, QUOTE '')",
  '(HEADER maybe)',
  '(HEADER 2)',
  "(ENCODING 'SJIS')",
  "(ENCODING '')",
  '(NOVELTY)',
];

function formatOf(options: string): CopyFormat | undefined {
  const node = parseSync(`COPY t TO STDOUT ${options}`).stmts?.[0]?.stmt;
  return copyFormat(under(node, 'CopyStmt')?.options);
}

describe('the format of a COPY', () => {
  for (const [options, expected] of understood) {
    test(options, () => assert.deepEqual(formatOf(options), expected));
  }
  for (const options of unclear) {
    test(`${options} is not understood`, () => assert.equal(formatOf(options), undefined));
  }
});
