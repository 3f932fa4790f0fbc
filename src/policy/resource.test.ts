import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { columnName, resourceGlob } from './resource.ts';

const columns: readonly [text: string, name: string | undefined][] = [
  ['public.users.email', 'public.users.email'],
  ['public."users"."email"', 'public.users.email'],
  ['public.user.order', 'public."user"."order"'],
  ['public."Odd Case"."E-Mail"', 'public."Odd Case"."E-Mail"'],
  ['public."a.b"."c""d"', 'public."a.b"."c""d"'],
  ['public.t.a$b', 'public.t."a$b"'],
  ['public.events.payload#/user/phone', 'public.events.payload#/user/phone'],
  ['public.events."p#/x"#/a.b/"c"', 'public.events."p#/x"#/a.b/"c"'],
  ['public.e.user#/a~1b/~0/*/01', 'public.e."user"#/a~1b/~0/*/01'],
  ['public.e.doc#/a~b', undefined],
  ['public.e.doc#/a~', undefined],
  ['public.t."*"', 'public.t."*"'],
  ['users.email', undefined],
  ['db.public.users.email', undefined],
  ['public..email', undefined],
  ['public.users.', undefined],
  ['', undefined],
  ['public.users.*', undefined],
  ['public.Users.email', undefined],
  ['public."users.email', undefined],
  ['public."users"x.email', undefined],
];

describe('columns', () => {
  for (const [text, name] of columns) {
    test(`${text} is ${name ?? 'refused'}`, () => {
      const found = columnName(text);
      assert.equal('name' in found ? found.name : undefined, name);
    });
  }
});

const globs: readonly [text: string, name: string | undefined][] = [
  ['*', '*'],
  ['public.*', 'public.*'],
  ['public.user', 'public."user"'],
  ['public.user*', 'public.user*'],
  ['public."users"', 'public.users'],
  ['public."Odd*".*', 'public."Odd*".*'],
  ['public.e.user#/a.b/*', 'public.e."user"#/a.b/*'],
  ['public.e.*#/Phone', 'public.e.*#/Phone'],
  ['*.Email', undefined],
  ['public."open', undefined],
  ['GET /v1/things', 'GET /v1/things'],
];

describe('globs', () => {
  for (const [text, name] of globs) {
    test(`${text} is ${name ?? 'refused'}`, () => {
      const found = resourceGlob(text);
      assert.equal('name' in found ? found.name : undefined, name);
    });
  }
});
