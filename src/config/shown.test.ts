import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from './load.ts';
import { shownConfig } from './shown.ts';

const file = `# Sallyport of the shop, pw hunter2
listen: { postgres: 6432 } # hunter2
identity:
  local: true
targets:
  orders: # hunter2
    postgres: { host: db, database: orders }
    # password: hunter2
    credential: { static: { user: app, password: hunter2 } }
  old:
    postgres: { host: db, database: old }
    credential:
      static:
        user: app
        password: "\${env:PW}"
  minted:
    postgres: { host: db, database: m }
    credential: { mint: { admin: "postgres://admin:hunter2@db/m", member_of: [app_rw] } }
  api:
    http: { url: "https://api.test" }
    credential:
      headers: { x-auth: "Bearer hunter2", user: hunter2, x-key: "\${env:KEY}" }
      oauth: { token_url: "https://idp/t", client_id: sally, client_secret: &secret hunter2, scope: read }
  tools:
    mcp: { command: [/usr/bin/tools], env: { TOKEN: hunter2, LEVEL: debug } }
    credential: { env: { user: hunter2, key: hunter2, scope: hunter2 } }
  cloud:
    aws: { regions: [us-east-1] }
    credential:
      assume_role: arn:aws:iam::123456789012:role/crew
      from: { access_key_id: hunter2, secret_access_key: hunter2 }
notify:
  chat: { webhook: { url: "https://chat.test/hunter2", secret: *secret } }
# who may what
rules:
  # crews read
  - { name: r, who: { any: true }, targets: [orders], allow: [read] } # all of it
  - name: "s # no comment"
    targets: [orders]
    deny: [schema]
    because: |
      # this is told
      to everybody
budgets:
  - { targets: [orders], per: day, rows: 5 }
`;

describe('a configuration that is shown', () => {
  const { text, ruleLines, budgetLines } = shownConfig(file, '/etc/sallyport.yaml');

  test('has no secret in it', () => {
    assert.doesNotMatch(text, /hunter2/);
  });

  test('has all the rest as it was', () => {
    const lines = text.split('\n');
    assert.equal(lines.length, file.split('\n').length);
    const changed = lines.filter((line, at) => line !== file.split('\n')[at]);
    assert.deepEqual(changed, [
      '# …',
      'listen: { postgres: 6432 } # …',
      '  orders: # …',
      '    # …',
      '    credential: { static: { user: app, password: "${env:HIDDEN}" } }',
      '    credential: { mint: { admin: "${env:HIDDEN}", member_of: [app_rw] } }',
      '      headers: { x-auth: "${env:HIDDEN}", user: "${env:HIDDEN}", x-key: "${env:KEY}" }',
      '      oauth: { token_url: "https://idp/t", client_id: sally, client_secret: &secret "${env:HIDDEN}", scope: read }',
      '    mcp: { command: [/usr/bin/tools], env: { TOKEN: "hidden", LEVEL: "hidden" } }',
      '    credential: { env: { user: "${env:HIDDEN}", key: "${env:HIDDEN}", scope: "${env:HIDDEN}" } }',
      '      from: { access_key_id: "${env:HIDDEN}", secret_access_key: "${env:HIDDEN}" }',
      '  chat: { webhook: { url: "${env:HIDDEN}", secret: *secret } }',
      '# …',
    ]);
  });

  test('can be checked as before', () => {
    const [before, after] = [file, text].map((each) => parseConfig(each, '/etc/sallyport.yaml'));
    assert.ok(before !== undefined && !Array.isArray(before), JSON.stringify(before));
    assert.ok(after !== undefined && !Array.isArray(after), JSON.stringify(after));
    assert.deepEqual(after.rules, before.rules);
  });

  test('says where its rules are', () => {
    const at = (line: number | undefined): string => file.split('\n')[(line ?? 0) - 1] ?? '';
    assert.match(at(ruleLines[0]), /name: r,/);
    assert.match(at(ruleLines[1]), /name: "s/);
    assert.match(at(budgetLines[0]), /per: day/);
  });
});

test('a secret that is an anchor elsewhere is hidden there, too', () => {
  const text = `rules:\n  - { name: &n hunter2, targets: ["*"], deny: [schema] }\ntargets:\n  a:\n    postgres: { host: h, database: d }\n    credential: { static: { user: u, password: *n } }\n`;
  assert.doesNotMatch(shownConfig(text, 'f').text, /hunter2/);
});

test('of an empty file nothing is shown', () => {
  assert.deepEqual(shownConfig('', 'f'), { text: '', ruleLines: [], budgetLines: [] });
});
