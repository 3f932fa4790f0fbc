import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedForm } from './form-fields.ts';

/** Hides the field `email`, and what has a key that is not its own. */
const hide = (document: Buffer): Buffer | null => {
  const object = JSON.parse(document.toString()) as Readonly<Record<string, string>>;
  if (Object.hasOwn(object, 'gone')) return null;
  return Object.hasOwn(object, 'email') ? Buffer.from('{"email":"é & *"}') : document;
};

const rows: readonly (readonly [form: string, changed: string])[] = [
  ['', ''],
  ['a=1&b=%7e+x', 'a=1&b=%7e+x'],
  ['a=1&email=ann%40acme.test&email=b', 'a=1&email=%C3%A9+%26+*&email=%C3%A9+%26+*'],
  ['%65mail=x', 'email=%C3%A9+%26+*'],
  ['email', 'email=%C3%A9+%26+*'],
  ['e+mail=x&&=y', 'e+mail=x&&=y'],
  ['gone=x&a=1', 'gone=&a=1'],
  ['__proto__=x&constructor=y', '__proto__=x&constructor=y'],
  ['%ff=%fe', '%ff=%fe'],
];
for (const [form, changed] of rows) {
  test(`"${form}"`, () => assert.equal(changedForm(Buffer.from(form), hide).toString(), changed));
}
