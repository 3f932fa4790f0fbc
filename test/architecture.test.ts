import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname, sep } from 'node:path';
import { test } from 'node:test';

import { mayImport } from './fixtures/rooms.ts';

/** Files that stand above the folders: they wire everything together. `compose/` has the parts of `compose.ts`. */
const roots = new Set([
  'main.ts',
  'compose.ts',
  'local.ts',
  'heap.ts',
  'simulate.ts',
  'simulate-worker.ts',
  'simulation-thread.ts',
]);
const isRoot = (name: string): boolean => roots.has(name) || name.startsWith(`compose${sep}`);

/** Rooms without I/O, clock, randomness or environment: those come in as arguments. */
const pureRooms = new Set(['core', 'wire', 'policy', 'masking']);
const pureBuiltins = new Set(['node:buffer', 'node:crypto', 'node:util']);
const impure: readonly [string, RegExp][] = [
  ['the clock', /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/],
  ['randomness', /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\brandomInt\(/],
  ['the environment', /\bprocess\.env\b/],
  ['timers', /\bset(?:Timeout|Interval|Immediate)\(/],
  ['the network', /\bfetch\(/],
];

const src = resolve(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.test.ts'))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));

function roomOf(name: string): string {
  const [folder = '', second = ''] = name.split(sep);
  const finer = `${folder}/${second.replace(/\.ts$/, '')}`;
  return finer in mayImport ? finer : folder;
}

function importsOf(text: string): string[] {
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function breaches(): string[] {
  const found: string[] = [];
  for (const { name, text } of files) {
    if (isRoot(name)) continue;
    const room = roomOf(name);
    const allowed = mayImport[room];
    if (allowed === undefined) {
      found.push(`${name}: the folder ${room} is not on the map`);
      continue;
    }
    for (const specifier of importsOf(text)) {
      if (!specifier.startsWith('.')) continue;
      const other = relative(src, resolve(src, dirname(name), specifier));
      const otherRoom = roomOf(other);
      if (otherRoom === room && !crossesProtocols(name, other)) continue;
      if (!allowed.includes(otherRoom)) found.push(`${name} may not import ${other}`);
    }
  }
  return found;
}

/** Protocols never know each other, except for the registry and the contract beside them. */
function crossesProtocols(name: string, other: string): boolean {
  const [folder, mine, file] = name.split(sep);
  const [otherFolder, theirs, otherFile] = other.split(sep);
  if (folder !== 'protocols' || otherFolder !== 'protocols') return false;
  if (file === undefined || otherFile === undefined) return false;
  const overHttp = theirs === 'http' && ['aws', 'kubernetes', 'mcp'].includes(mine ?? '');
  return mine !== theirs && !overHttp;
}

test('every import stays within the rooms that DESIGN allows', () => {
  assert.ok(files.length > 0);
  assert.deepEqual(breaches(), []);
});

test('core, wire, policy and masking have no I/O, clock, randomness or environment', () => {
  const found = files
    .filter(({ name }) => pureRooms.has(roomOf(name)))
    .flatMap(({ name, text }) => [
      ...importsOf(text)
        .filter((specifier) => specifier.startsWith('node:') && !pureBuiltins.has(specifier))
        .map((specifier) => `${name} imports ${specifier}`),
      ...impure.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${name} uses ${what}`),
    ]);
  assert.deepEqual(found, []);
});

test('only core/govern.ts makes a permit', () => {
  const makers = files.filter(({ text }) => /new IssuedPermit\(/.test(text)).map(({ name }) => name);
  assert.deepEqual(makers, [join('core', 'govern.ts')]);
  const govern = files.find(({ name }) => name === join('core', 'govern.ts'));
  assert.ok(govern !== undefined && !/export class IssuedPermit/.test(govern.text));
});

test('folders and files are named for what they hold', () => {
  const vague = /(^|[/\\])(utils?|helpers?|common|misc|managers?|services?)([/\\.]|$)/;
  assert.deepEqual(
    files.map(({ name }) => name).filter((name) => vague.test(name)),
    [],
  );
});

test('every protocol has its page', () => {
  const protocols = new Set(
    files
      .map(({ name }) => name.split(sep))
      .flatMap(([folder, name, file]) => (folder === 'protocols' && file !== undefined ? [name] : [])),
  );
  const pages = readdirSync(resolve(src, '../docs/protocols')).map((file) => file.replace(/\.md$/, ''));
  for (const name of protocols) assert.ok(pages.includes(name ?? ''), `docs/protocols/${name}.md is missing`);
});
