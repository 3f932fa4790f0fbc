import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible, visibleLines } from './visible.ts';

const rows: readonly { name: string; text: string; shown: string }[] = [
  {
    name: 'plain text',
    text: "SELECT 'Müller', '日本', '😀' -- \\n",
    shown: "SELECT 'Müller', '日本', '😀' -- \\n",
  },
  { name: 'CRLF', text: 'a\r\nb', shown: 'a\\r\\nb' },
  { name: 'a tab', text: 'a\tb', shown: 'a\\tb' },
  { name: 'NUL', text: 'a\0b', shown: 'a^@b' },
  { name: 'ANSI: clear the screen', text: '\u001b[2J', shown: '^[[2J' },
  { name: 'ANSI: window title', text: '\u001b]0;root\u0007', shown: '^[]0;root^G' },
  { name: 'CSI as one character', text: '\u009b2J', shown: '\\u{9b}2J' },
  { name: 'next line', text: 'a\u0085b', shown: 'a\\u{85}b' },
  { name: 'backspaces', text: 'DROP\b\b\b\b', shown: 'DROP^H^H^H^H' },
  { name: 'delete', text: '\u007f', shown: '^?' },
  { name: 'override', text: 'a\u202eb\u202c', shown: 'a\\u{202e}b\\u{202c}' },
  {
    name: 'isolates and marks',
    text: '\u2066\u2069\u200f\u061c',
    shown: '\\u{2066}\\u{2069}\\u{200f}\\u{61c}',
  },
  {
    name: 'nothing wide',
    text: '\u200b\u200d\u2060\ufeff\u00ad',
    shown: '\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\u{ad}',
  },
  { name: 'fillers', text: '\u3164\u115f\u2800', shown: '\\u{3164}\\u{115f}\\u{2800}' },
  { name: 'variation selectors and tags', text: '\ufe0f\u{e0041}', shown: '\\u{fe0f}\\u{e0041}' },
  { name: 'spaces that are none', text: 'a\u00a0b\u3000c', shown: 'a\\u{a0}b\\u{3000}c' },
  { name: 'separators of lines', text: '\u2028\u2029', shown: '\\u{2028}\\u{2029}' },
  { name: 'half a pair', text: '\ud800', shown: '\\u{d800}' },
  { name: 'private and unassigned', text: '\ue000\uffff', shown: '\\u{e000}\\u{ffff}' },
];
for (const { name, text, shown } of rows) {
  test(`shows ${name}`, () => assert.equal(visible(text), shown));
}

test('no character gets through that a terminal obeys', () => {
  for (let code = 0; code < 0x3000; code++) {
    const shown = visible(String.fromCodePoint(code));
    assert.doesNotMatch(shown, /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u, code.toString(16));
  }
});

test('lines are kept apart, and only line feeds make them', () => {
  assert.deepEqual(visibleLines('SELECT 1\r\nFROM a\u2028b\n'), ['SELECT 1\\r', 'FROM a\\u{2028}b', '']);
});
