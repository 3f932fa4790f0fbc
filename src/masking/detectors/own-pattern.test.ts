import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownDetector } from './own-pattern.ts';

function found(pattern: string, text: string): string[] {
  return ownDetector(pattern)
    .find(text)
    .map(({ start, end }) => text.slice(start, end));
}

const long = 'x'.repeat(300);
const finds: readonly [pattern: string, text: string, found: readonly string[]][] = [
  ['EMP-\\d{6}', 'EMP-123456, xEMP-654321x EMP-12', ['EMP-123456', 'EMP-654321']],
  ['\\bEMP-\\d{6}\\b', 'EMP-123456 xEMP-123456 EMP-1234567 EMP-123456', ['EMP-123456', 'EMP-123456']],
  ['^EMP', 'EMP EMP', ['EMP']],
  ['EMP$', 'EMP EMP', ['EMP']],
  ['(?m)^EMP$', 'EMP\nEMP EMP\nEMP', ['EMP', 'EMP']],
  ['(?i)kd-nr\\. \\d+', 'Kd-Nr. 17 und KD-NR. 4', ['Kd-Nr. 17', 'KD-NR. 4']],
  ['M.ller-\\d', 'Müller-7', ['Müller-7']],
  ['x{200}', `${long}${long}`, ['x'.repeat(200), 'x'.repeat(200), 'x'.repeat(200)]],
  ['y[a-z]+', `${long}y${'a'.repeat(5000)}-`, [`y${'a'.repeat(5000)}`]],
  ['🔑{2}', `${'🔑'.repeat(301)}`, Array.from({ length: 150 }, () => '🔑🔑')],
  ['🔑{200}', `${'-'.repeat(250)}${'🔑'.repeat(200)}`, ['🔑'.repeat(200)]],
  // The end is looked for within some hundred characters: then an alternative must do.
  ['a[^z]*z|a', `a${' '.repeat(100)}z`, [`a${' '.repeat(100)}z`]],
  ['a[^z]*z|a', `a${' '.repeat(5000)}z`, ['a']],
];

for (const [pattern, text, expected] of finds) {
  test(`${pattern} in ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.deepEqual(found(pattern, text), expected);
    assert.equal(ownDetector(pattern).test(Buffer.from(text)), expected.length > 0);
  });
}

test('offsets in bytes are of bytes', () => {
  const text = 'äöü Müller-7 äöü';
  const bytes = Buffer.from(text);
  const [span] = ownDetector('M\\pLller-\\d').find(bytes);
  assert.equal(bytes.toString('utf8', span?.start, span?.end), 'Müller-7');
});

test('bytes that are no UTF-8 are looked through all the same', () => {
  const bytes = Buffer.concat([Buffer.alloc(700, 0xff), Buffer.from('EMP-123456'), Buffer.alloc(700, 0xc3)]);
  assert.deepEqual(ownDetector('EMP-\\d{6}').find(bytes), [{ start: 700, end: 710 }]);
});

// Values of an array stand in a row, with lengths between them that may look like letters.
const amid: readonly [pattern: string, bytes: string, may: boolean][] = [
  ['^EMP-\\d$', '\0\0\0AEMP-1\0\0\0B', true],
  ['\\bEMP-\\d\\b', 'AEMP-1A', true],
  ['\\AEMP-\\d\\z', 'AEMP-1A', true],
  ['[$^]x', '^x', true],
  ['[$^]x', 'x', false],
  ['\\^x\\$', 'x', false],
  ['\\Q^x\\E', 'x', false],
];

for (const [pattern, bytes, may] of amid) {
  test(`a first look for ${pattern} in ${JSON.stringify(bytes)}: ${may ? 'maybe' : 'no'}`, () => {
    assert.equal(ownDetector(pattern).test(Buffer.from(bytes)), may);
  });
}

test('wherever a finding stands in a long text, it is found, and so is its neighbour', () => {
  const own = ownDetector('EMP-\\d{6}');
  for (let before = 0; before < 1100; before += 7) {
    const text = `${'-'.repeat(before)}EMP-123456EMP-654321${'-'.repeat(600)}`;
    assert.deepEqual(
      own.find(text).map(({ start }) => start),
      [before, before + 10],
    );
  }
});
