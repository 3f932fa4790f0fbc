import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';

import { statusOf } from '../src/core/http-status.ts';
import { loadConfig } from '../src/config/load.ts';
import { errorCodes, SallyportError } from '../src/core/errors.ts';
import { sqlstateOf } from '../src/protocols/postgres/sqlstate.ts';
import { mayImport } from './fixtures/rooms.ts';

const root = resolve(import.meta.dirname, '..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.md') && !/(^|[/\\])(node_modules|dist|data)[/\\]/.test(name),
);

/** The cells of every table row under a heading, without their code marks. */
function rowsOf(page: string, heading: string): string[][] {
  const [, section = ''] = read(page).split(`\n## ${heading}\n`);
  return (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

test('docs/errors.md has every code, with its SQLSTATE and HTTP status', () => {
  const told = rowsOf('docs/errors.md', 'Codes')
    .filter(([, , status = '']) => /^\d+$/.test(status))
    .map(([code, sqlstate, status]) => [code, sqlstate, status]);
  const real = errorCodes.map((code) => [
    code,
    sqlstateOf(new SallyportError(code, '')),
    String(statusOf[code]),
  ]);
  assert.deepEqual(told, real);
});

test('ARCHITECTURE.md draws the rooms as they are enforced', () => {
  const told = rowsOf('ARCHITECTURE.md', 'The rooms')
    .slice(1)
    .map(([room, , imports = '']) => [room, imports === 'nothing' ? [] : imports.split(', ')]);
  assert.deepEqual(told, Object.entries(mayImport));
});

test('ARCHITECTURE.md speaks of no file that is not there', () => {
  const named = [...read('ARCHITECTURE.md').matchAll(/`([a-z]+\/[\w./-]+\.ts)`/g)].map(
    ([, name = '']) => name,
  );
  assert.ok(named.length > 10);
  const missing = named.filter(
    (name) => !existsSync(join(root, 'src', name)) && !existsSync(join(root, name)),
  );
  assert.deepEqual(missing, []);
});

describe('configurations in the papers load', () => {
  for (const page of ['README.md', 'docs/quickstart.md']) {
    test(page, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'sallyport-docs-'));
      try {
        const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(read(page)) ?? [];
        writeFileSync(join(dir, 'sallyport.yaml'), yaml);
        const { rules, warnings } = await loadConfig(join(dir, 'sallyport.yaml'));
        assert.ok(rules.length > 0);
        assert.deepEqual(warnings, []);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }
});

describe('links in the papers lead somewhere', () => {
  for (const page of pages) {
    test(page, () => {
      const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
      const broken = links.filter((link) => {
        const [path = '', anchor] = link.split('#');
        const file = path === '' ? page : relative(root, resolve(root, dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsOf(file).has(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }
});

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
