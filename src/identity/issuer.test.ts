import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuerSpec } from '../core/issuer.ts';
import { issuerProblem } from './issuer.ts';

const good: IssuerSpec = { issuer: 'https://login.test/', audience: 'sallyport', kind: 'human' };

const rows: readonly { change: object; problem: RegExp | undefined }[] = [
  { change: {}, problem: undefined },
  { change: { issuer: 'https://login.test/realms/a' }, problem: undefined },
  { change: { issuer: 'http://127.0.0.1:8080' }, problem: undefined },
  { change: { issuer: 'http://127.9.9.9' }, problem: undefined },
  { change: { issuer: 'http://[::1]:8080' }, problem: undefined },
  { change: { issuer: 'http://localhost:8080' }, problem: undefined },
  { change: { issuer: 'http://login.test' }, problem: /must be an https URL/ },
  { change: { issuer: 'http://localhost.evil.test' }, problem: /must be an https URL/ },
  { change: { issuer: 'http://127.0.0.1.evil.test' }, problem: /must be an https URL/ },
  { change: { issuer: 'http://10.0.0.1' }, problem: /must be an https URL/ },
  { change: { issuer: 'https://me:secret@login.test' }, problem: /must be an https URL/ },
  { change: { issuer: 'ftp://login.test' }, problem: /must be an https URL/ },
  { change: { issuer: 'sallyport' }, problem: /must be an https URL/ },
  { change: { issuer: '' }, problem: /must be an https URL/ },
  { change: { issuer: 'https://login.test/?tenant=a' }, problem: /neither query nor fragment/ },
  { change: { issuer: 'https://login.test/#a' }, problem: /neither query nor fragment/ },
  { change: { jwksUri: 'https://keys.test/jwks?v=2' }, problem: undefined },
  { change: { jwksUri: 'http://keys.test/jwks' }, problem: /keys of issuer/ },
  { change: { jwksUri: 'file:///etc/passwd' }, problem: /keys of issuer/ },
  { change: { audience: '' }, problem: /needs an audience/ },
  { change: { algorithms: ['ES256', 'EdDSA'] }, problem: undefined },
  { change: { algorithms: ['RS256', 'HS256'] }, problem: /HS256/ },
  { change: { algorithms: ['none'] }, problem: /none/ },
];

for (const { change, problem } of rows)
  test(`an issuer with ${JSON.stringify(change)} is ${problem === undefined ? 'taken' : 'refused'}`, () => {
    const found = issuerProblem({ ...good, ...change });
    if (problem === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', problem);
  });
