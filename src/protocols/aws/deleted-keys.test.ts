import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deletedKeys } from './deleted-keys.ts';

const rows: readonly [xml: string, keys: string | undefined][] = [
  ['<Delete><Object><Key>a</Key></Object></Delete>', 'a'],
  [
    '<?xml version="1.0" encoding="UTF-8"?>\n<Delete xmlns="x"> <Object><Key>a b</Key></Object>\n</Delete>\n',
    'a b',
  ],
  [
    '<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object><Object><Key>b</Key></Object></Delete>',
    'a:version b',
  ],
  ['<Delete><Quiet>true</Quiet><Object><Key>&lt;&amp;&#65;&#x42;</Key></Object></Delete>', '<&AB'],
  ['<?xml version="1.0" encoding="ISO-2022-JP"?><Delete><Object><Key>a</Key></Object></Delete>', undefined],
  ['<Delete></Delete>', ''],
  ['', ''],
  ['<Delete><Object><Key>a</Key></Object>', undefined],
  ['<Delete><Object></Object></Delete>', undefined],
  ['<Delete><Object><Key></Key></Object></Delete>', undefined],
  ['<Delete><Object><Key/></Object></Delete>', undefined],
  ['<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>', undefined],
  ['<Delete><Object><Key>a<Key>b</Key></Key></Object></Delete>', undefined],
  ['<Delete><Key>a</Key></Delete>', undefined],
  ['<Delete><Object>a</Object></Delete>', undefined],
  ['<Delete><x:Object><Key>a</Key></x:Object></Delete>', undefined],
  ['<Delete><Object><Key>a<!-- b --></Key></Object></Delete>', undefined],
  ['<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>', undefined],
  ['<!DOCTYPE d><Delete><Object><Key>a</Key></Object></Delete>', undefined],
  ['<Delete><Object><Key>&x;</Key></Object></Delete>', undefined],
  ['<Delete><?php ?><Object><Key>a</Key></Object></Delete>', undefined],
  ['<Delete><Object><Key>a</Key></Object></Delete><Delete/>', undefined],
];

for (const [xml, keys] of rows) {
  test(`deletes ${keys ?? 'nothing that could be told'}: ${xml}`, () => {
    const found = deletedKeys(xml)?.map(({ key, isVersion }) => (isVersion ? `${key}:version` : key));
    assert.equal(found?.join(' '), keys);
  });
}

test('what never ends is read once', () => {
  assert.equal(deletedKeys(`<Delete>${'<Object>'.repeat(130_000)}`), undefined);
  assert.equal(deletedKeys(`<Delete>${'<Object '.repeat(130_000)}`), undefined);
});
