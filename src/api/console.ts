import { randomBytes } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Context, Hono } from 'hono';
import type { ApiEnv } from './env.ts';

/** Pages of the console: each is the same file, which looks at the address by itself. */
const consolePages = ['approvals', 'sessions', 'access', 'policy', 'audit', 'agents'] as const;

/** `scripts/console.ts` leaves it where the nonce belongs. */
const nonceMark = 'SALLYPORT-NONCE';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The names of built files hold a digest of what is in them, so they never change. */
const forEver = 'public, max-age=31536000, immutable';

interface Asset {
  readonly body: Buffer<ArrayBuffer>;
  readonly zipped: Buffer<ArrayBuffer>;
  readonly type: string;
}

interface Built {
  readonly builtAtMs: number;
  readonly index: string;
  /** By path: `/assets/index-B2x.js`. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/**
 * Serves what `npm run build:console` has made, from memory: no request names a file.
 * @param dir where it was built to; it may be missing, or be built anew at any time
 */
export function consoleFiles(app: Hono<ApiEnv>, dir: string): void {
  const files = new BuiltFiles(dir);
  const page = async () => {
    const built = await files.newest();
    return built === undefined ? notBuilt() : indexPage(built.index);
  };
  app.get('/', page);
  for (const name of consolePages) {
    app.get(`/${name}`, page);
    app.get(`/${name}/*`, page);
  }
  app.get('/assets/:name', async (context, next) => {
    const asset = (await files.newest())?.assets.get(context.req.path);
    return asset === undefined ? next() : assetAnswer(context, asset);
  });
}

class BuiltFiles {
  readonly #dir: string;
  #built: Promise<Built> | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Undefined: there is none. */
  async newest(): Promise<Built | undefined> {
    const found = await stat(join(this.#dir, 'index.html')).catch(() => undefined);
    if (found === undefined) return undefined;
    const known = await this.#built?.catch(() => undefined);
    if (known?.builtAtMs === found.mtimeMs) return known;
    this.#built = readBuilt(this.#dir, found.mtimeMs);
    return this.#built;
  }
}

async function readBuilt(dir: string, builtAtMs: number): Promise<Built> {
  const names = await readdir(join(dir, 'assets'));
  const assets = names.map(async (name): Promise<[string, Asset]> => {
    const body = await readFile(join(dir, 'assets', name));
    const zipped = await promisify(gzip)(body);
    return [`/assets/${name}`, { body, zipped, type: types[extname(name)] ?? 'application/octet-stream' }];
  });
  return {
    builtAtMs,
    index: await readFile(join(dir, 'index.html'), 'utf8'),
    assets: new Map(await Promise.all(assets)),
  };
}

/** Scripts and styles are the gateway's own; what makes styles while it runs knows the nonce. Nothing leaves. */
function indexPage(index: string): Response {
  const nonce = randomBytes(16).toString('base64url');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return new Response(index.replaceAll(nonceMark, nonce), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    },
  });
}

function assetAnswer(context: Context<ApiEnv>, { body, zipped, type }: Asset): Response {
  const headers = { 'content-type': type, 'cache-control': forEver, vary: 'accept-encoding' };
  const takesZipped = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
  return takesZipped
    ? new Response(zipped, { headers: { ...headers, 'content-encoding': 'gzip' } })
    : new Response(body, { headers });
}

function notBuilt(): Response {
  const text = [
    'Sallyport runs, but its console was not built.',
    'In a checkout of the source: npm run build:console',
    'The API is at /api/v1, and "sallyport --help" says what the command line does.',
  ];
  return new Response(`${text.join('\n')}\n`, {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
}
