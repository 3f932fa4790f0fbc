import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import type { Simulated } from '../../src/api/contract/schemas/policy.ts';
import { local } from '../../src/local.ts';
import { sallyport } from '../fixtures/fake-terminal.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi } from '../fixtures/http-api.ts';
import type { HttpApi } from '../fixtures/http-api.ts';

// Requests to an API were recorded, too; what other rules and masks would have made of them.

let api: HttpApi;
let gateway: TestGateway;
let inForce: string;

before(async () => {
  api = await startHttpApi((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 7, email: 'ann' }));
  });
  inForce = `
listen: { host: 127.0.0.1, targets: 0, http: 0 }
identity: { local: true }
targets: { billing: { http: { url: "http://127.0.0.1:${api.port}" } } }
rules:
  - { name: crews, who: { groups: [crews] }, targets: [billing], allow: [read, write] }
`;
  gateway = await startTestGateway(inForce);
  const headers = { authorization: `Bearer ${await gateway.token()}` };
  const base = `http://127.0.0.1:${gateway.gateway.ports.targets}/t/billing`;
  for (const id of [7, 8]) await (await fetch(`${base}/v1/customers/${id}`, { headers })).text();
  const refund = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"cents":900}',
  };
  await (await fetch(`${base}/v1/refunds?dry=1`, refund)).text();
});
after(async () => {
  await gateway?.stop();
  await api?.stop();
});

async function simulate(text: string) {
  const file = join(gateway.dir, 'new.yaml');
  writeFileSync(file, text);
  const { stdout } = await sallyport(['simulate', '--config', file, '--json'], { local });
  const told: Simulated = JSON.parse(stdout);
  assert.deepEqual(told.problems, []);
  assert.equal(told.simulation?.commands, 3);
  return told.simulation;
}

test('rules about routes and bodies', async () => {
  const { groups } = await simulate(`${inForce}
  - { name: no customers, targets: [billing], deny: [read], resources: ["GET /v1/customers/{id}"] }
  - { name: small refunds, targets: [billing], hold: [write], when: "command.parameters.exists(p, p.contains('900'))", approvers: { groups: [leads] } }
`);
  const told = groups.map(({ was, now, commands, text, rulesNow }) =>
    [was, now, commands, text, ...rulesNow].join(' | '),
  );
  assert.deepEqual(told, [
    'allow | deny | 2 | GET /v1/customers/… | no customers',
    'allow | hold | 1 | POST /v1/refunds?dry=… | crews | small refunds',
  ]);
});

test('masks of answers', async () => {
  const { masks, changes } = await simulate(`${inForce}
sensitive: { billing: { "GET /v1/customers/{id}#/email": email } }
`);
  assert.deepEqual(changes, []);
  assert.deepEqual(
    masks.map(({ resource, was, now, commands }) => [resource, was, now, commands]),
    [['GET /v1/customers/{id}#/email', null, 'email', 2]],
  );
});
