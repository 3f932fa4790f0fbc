import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding, Report } from './play.ts';
import { drivers } from './roster.ts';
import type { Driver } from './roster.ts';
import { parts, partsOf } from './scenario.ts';

const page = join(import.meta.dirname, '../../../docs/drivers.md');
const begin = '<!-- What follows is written by SALLYPORT_WRITE_DRIVERS=1 npm run test:clients -->\n';

/**
 * The page must say what was found. Rows of drivers that did not run are taken from the page as they stand.
 * With SALLYPORT_WRITE_DRIVERS=1 the page is written instead.
 */
export function checkTable(findings: readonly Finding[]): void {
  const text = readFileSync(page, 'utf8');
  const head = text.slice(0, text.indexOf(begin) + begin.length);
  const wanted = head + written(findings, text.split('\n'));
  if (process.env['SALLYPORT_WRITE_DRIVERS'] === '1') writeFileSync(page, wanted);
  else assert.equal(text, wanted, 'write it with SALLYPORT_WRITE_DRIVERS=1 npm run test:clients');
}

function written(findings: readonly Finding[], old: readonly string[]): string {
  const found = (driver: Driver) => findings.find((finding) => finding.driver.key === driver.key);
  const kept = (start: string) => old.filter((line) => line.startsWith(start));
  const row = (driver: Driver): readonly string[] => {
    const finding = found(driver);
    return finding === undefined ? kept(`| ${driver.title} |`) : [rowOf(finding)];
  };
  const remark = (driver: Driver): readonly string[] => {
    const finding = found(driver);
    return finding === undefined ? kept(`- **${driver.title}**`) : remarksOf(finding);
  };
  const titles = (layer: boolean) => ['', 'Version', ...partsOf({ layer }).map(([, { title }]) => title)];
  const table = (layer: boolean) => [
    line(titles(layer)),
    line(titles(layer).map(() => '---')),
    ...drivers.filter((driver) => (driver.layer ?? false) === layer).flatMap(row),
  ];
  const lines = [
    '',
    '## Drivers and programs',
    '',
    ...table(false),
    '',
    '## What stands upon drivers',
    '',
    ...table(true),
    '',
    '## Remarks',
    '',
    ...drivers.flatMap(remark),
    '',
    '## The scenario',
    '',
    ...Object.values(parts).map(({ title, what }) => `- **${title}**: ${what}`),
    '',
  ];
  return lines.join('\n');
}

function rowOf({ driver, version, reports }: Finding): string {
  return line([driver.title, version, ...partsOf(driver).map(([name]) => mark(reports[name]))]);
}

function mark(report: Report | undefined): string {
  if (report === undefined || report.failed !== undefined) return '✗';
  if (report.cannot !== undefined) return '–';
  return report.remark === undefined ? '✓' : '✓ *';
}

/** One line for a driver: of what it cannot and what is to be known, with the parts that share a reason together. */
function remarksOf({ driver, reports }: Finding): string[] {
  const byReason = new Map<string, string[]>();
  for (const [name, { title }] of partsOf(driver)) {
    const reason = reports[name]?.cannot ?? reports[name]?.remark;
    if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  }
  const said = [...byReason].map(([reason, titles]) => `${titles.join(', ')}: ${reason}.`);
  return said.length === 0 ? [] : [`- **${driver.title}**: ${said.join(' ')}`];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
