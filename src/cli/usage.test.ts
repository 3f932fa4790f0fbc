import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { sallyport } from '../../test/fixtures/fake-terminal.ts';
import { programOf } from './run.ts';

const screenLines = 24;
/** Of the list of all commands alone. */
const listLines = 40;
const screenColumns = 80;

const program = programOf({
  env: {},
  stdout: { write: () => {} },
  stderr: { write: () => {} },
  fetch: globalThis.fetch,
  open: async () => false,
  local: () => Promise.reject(new Error('not for help')),
  stopped: async () => {},
  version: '1.2.3',
  now: () => 0,
  wait: async () => {},
});

function paths(command: Command, path: readonly string[] = []): (readonly string[])[] {
  return [path, ...command.commands.flatMap((one) => paths(one, [...path, one.name()]))];
}

for (const path of paths(program)) {
  test(`sallyport ${path.join(' ')} --help fits a screen and needs nothing loaded`, async () => {
    const local = () => Promise.reject(new Error('not for help'));
    const { code, stdout, stderr } = await sallyport([...path, '--help'], { io: { local } });
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    assert.ok(lines.length <= (path.length === 0 ? listLines : screenLines), `${lines.length} lines`);
    assert.ok(Math.max(...lines.map((line) => line.length)) <= screenColumns, 'too wide');
  });
}

test('every command takes --json', () => {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const without = leaves(program).filter(({ options }) => !options.some(({ long }) => long === '--json'));
  assert.deepEqual(
    without.map((command) => command.name()),
    [],
  );
});

test('--version', async () => {
  assert.deepEqual(await sallyport(['--version']), { code: 0, stdout: '1.2.3\n', stderr: '' });
});

/** What was typed wrong → what stderr says. All end with 2 and say nothing on stdout. */
const rows: readonly [args: readonly string[], stderr: RegExp][] = [
  [[], /Usage: sallyport/],
  [['serv'], /unknown command 'serv'[\s\S]*Did you mean serve/],
  [['token'], /Usage: sallyport token/],
  [['serve', '--colour'], /unknown option '--colour'/],
  [['serve', 'x'], /too many arguments/],
  [['serve', '--workers', '0'], /It is a number from 1 to 64/],
  [['serve', '--workers', '65'], /It is a number from 1 to 64/],
  [['serve', '--workers', 'two'], /It is a number from 1 to 64/],
  [['kill'], /missing required argument 'id'/],
  [['explain', 'SELECT 1', '--as', 'x'], /required option '--target <name>'/],
  [['token', 'issue', '--subject', 's'], /required option '--kind <kind>'/],
  [['token', 'issue', '--subject', 's', '--kind', 'robot'], /agent or human/],
  [['token', 'issue', '--subject', 's', '--kind', 'agent', '--ttl', '1'], /15m/],
  [['token', 'issue', '--subject', 's', '--kind', 'agent', '--ttl', '0s'], /15m/],
  [['token', 'issue', '--subject', 's', '--kind', 'agent', '--claims', '[]'], /JSON object/],
  [['token', 'issue', '--subject', 's', '--kind', 'agent', '--claims', '{'], /JSON object/],
  [['replay', 'x', '--speed', '-1'], /twice as fast/],
  [['replay', 'x', '--speed', ''], /twice as fast/],
  [['sessions', '--limit', '0'], /a number from 1/],
  [['sessions', '--state', 'dead', '--token', 't'], /"dead" is no state\nhint: It is live or ended/],
  [['approvals', '--state', 'open', '--token', 't'], /hint: One of pending, approved/],
  [['sessions'], /error: no token.*\nhint: Sign in \(sallyport login\), or set SALLYPORT_TOKEN/],
  [['sessions', '--token-file', '/nowhere/token'], /the token cannot be read: ENOENT/],
  [['sessions', '--token', 't', '--url', 'gateway'], /"gateway" is no address/],
  [['sessions', '--token', 't', '--url', 'ftp://gateway'], /no address of a gateway/],
  [['sessions', '--token', 't', '--url', 'http://gateway:8443'], /must not go over the network in clear/],
  [['sessions', '--token', 't', '--url', 'http://127.evil.test'], /in clear/],
  [['sessions', '--token', 't', '--url', 'http://localhost', '--ca', '/nowhere'], /cannot be read/],
];

for (const [args, stderr] of rows) {
  test(`sallyport ${args.join(' ')} is misused`, async () => {
    const outcome = await sallyport(args);
    assert.equal(outcome.code, 2, outcome.stderr);
    assert.match(outcome.stderr, stderr);
    assert.equal(outcome.stdout, '');
    assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'no trace');
  });
}

test('docs/cli.md tells of every command', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/cli.md'), 'utf8');
  const leaves = paths(program).filter((path) => !['', 'token', 'audit'].includes(path.join(' ')));
  for (const path of leaves) assert.ok(page.includes(`| \`sallyport ${path.join(' ')}`), path.join(' '));
});
