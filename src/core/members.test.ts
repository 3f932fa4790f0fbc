import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Members } from './members.ts';

test('who has left is gone, in whatever order they leave and however often', () => {
  const names = ['a', 'b', 'c', 'd'];
  for (const first of names) {
    for (const second of names) {
      const members = new Members<string>();
      const leave = new Map(names.map((name) => [name, members.add(name)]));
      for (const name of [first, second, first]) leave.get(name)?.();
      const left = names.filter((name) => name !== first && name !== second);
      assert.deepEqual(members.list().toSorted(), left, `${first}, ${second}`);
      members.add('e');
      leave.get(first)?.();
      assert.deepEqual(members.list().toSorted(), [...left, 'e']);
    }
  }
});

test('the same one may be there twice', () => {
  const members = new Members<string>();
  const leave = members.add('a');
  members.add('a');
  leave();
  leave();
  assert.deepEqual(members.list(), ['a']);
});
