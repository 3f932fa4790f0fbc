import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identity } from '../../test/fixtures/rules.ts';
import { mayPass } from './passage.ts';

const passages = [
  { who: { groups: ['crews'] }, hosts: ['pypi.org', '*.npmjs.org'] },
  { who: { kind: 'human' }, hosts: ['pypi.org', 'mail.test'] },
] as const;
const crew = identity({ groups: ['crews'] });
const ann = identity({ subject: 'ann', kind: 'human', groups: [] });
const stranger = identity({ groups: ['others'] });

const rows: readonly (readonly [what: string, who: typeof crew, authority: string, passes: boolean])[] = [
  ['who is named', crew, 'pypi.org:443', true],
  ['who is named, to another host of the same', crew, 'registry.npmjs.org:443', true],
  ['who is named for other hosts', crew, 'mail.test:443', false],
  ['who is not named', stranger, 'pypi.org:443', false],
  ['a host that nobody is let to', ann, 'evil.test:443', false],
  ['one for another, where both are named', { ...ann, actor: crew }, 'pypi.org:443', true],
  ['one for another, where the actor is not named', { ...ann, actor: crew }, 'mail.test:443', false],
  [
    'one for another, where the person is not named',
    { ...ann, actor: crew },
    'registry.npmjs.org:443',
    false,
  ],
];
for (const [what, who, authority, passes] of rows) {
  test(`${what}: ${passes ? 'passes' : 'does not pass'}`, () => {
    assert.equal(mayPass(passages, who, authority), passes);
  });
}

test('nobody passes where nothing is written', () => {
  assert.equal(mayPass([], crew, 'pypi.org:443'), false);
});
