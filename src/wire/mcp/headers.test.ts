import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldsFor, mustAgree } from './headers.ts';
import { RpcFault, type Request } from './json-rpc.ts';
import { metaKeys } from './revisions.ts';

const modern = { [metaKeys.version]: '2026-07-28' };
const call = (name: string, meta?: object): Request => ({
  kind: 'request',
  id: 1,
  method: 'tools/call',
  params: { name, ...(meta === undefined ? {} : { _meta: meta }) },
});
const all = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' };

describe('header fields and body', () => {
  const rows: readonly (readonly [
    what: string,
    request: Request,
    fields: Record<string, string>,
    code: number | undefined,
  ])[] = [
    ['of a session need not be there', call('x'), {}, undefined],
    ['of a session may be there', call('x'), { 'mcp-protocol-version': '2025-11-25' }, undefined],
    ['agree', call('x', modern), { ...all, 'mcp-name': 'x' }, undefined],
    ['agree in Base64', call('é', modern), { ...all, 'mcp-name': '=?base64?w6k=?=' }, undefined],
    ['name another tool', call('x', modern), { ...all, 'mcp-name': 'y' }, -32020],
    ['name another tool in Base64', call('x', modern), { ...all, 'mcp-name': '=?base64?eQ==?=' }, -32020],
    ['name none', call('x', modern), all, -32020],
    [
      'say another method',
      call('x', modern),
      { ...all, 'mcp-method': 'tools/list', 'mcp-name': 'x' },
      -32020,
    ],
    [
      'say another revision',
      call('x', modern),
      { ...all, 'mcp-protocol-version': '2025-11-25', 'mcp-name': 'x' },
      -32020,
    ],
    ['say a revision that the body does not', call('x'), { ...all, 'mcp-name': 'x' }, -32020],
    ['do not say the revision', call('x', modern), { 'mcp-method': 'tools/call', 'mcp-name': 'x' }, -32020],
    ['are of an unknown revision', call('x'), { 'mcp-protocol-version': '2031-01-01' }, -32022],
    ['of an older revision disagree', call('x'), { 'mcp-name': 'y' }, -32020],
  ];
  for (const [what, request, fields, code] of rows) {
    test(what, () => {
      const check = (): void => mustAgree(request, (name) => fields[name]);
      if (code === undefined) check();
      else assert.throws(check, (error) => error instanceof RpcFault && error.code === code);
    });
  }
});

test('parameters go into fields as the schema says, and no others', () => {
  const schema = {
    properties: {
      region: { 'x-mcp-header': 'Region' },
      at: { properties: { zone: { 'x-mcp-header': 'Zone' }, odd: { 'x-mcp-header': 'a\r\nb' } } },
      list: { items: { properties: { x: { 'x-mcp-header': 'Item' } } } },
    },
  };
  const args = { region: 'a\r\nb', at: { zone: 7, odd: 'x' }, list: [{ x: 1 }], other: 1 };
  assert.deepEqual(fieldsFor({ ...call('t'), params: { name: ' t', arguments: args } }, schema), [
    ['mcp-method', 'tools/call'],
    ['mcp-name', '=?base64?IHQ=?='],
    ['mcp-param-region', '=?base64?YQ0KYg==?='],
    ['mcp-param-zone', '7'],
  ]);
});
