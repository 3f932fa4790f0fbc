/** Builds the console: `node scripts/console.ts` into dist/console, `--watch` again whenever a source changes. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import type { InlineConfig } from 'vite';

const root = resolve(import.meta.dirname, '..');

/** What the gateway puts a fresh nonce in place of, every time it serves the page. */
export const nonceMark = 'SALLYPORT-NONCE';

const keptMs = 86_400_000;

export async function buildConsole(outDir: string, it: { readonly watch?: boolean } = {}): Promise<void> {
  const config: InlineConfig = {
    root: join(root, 'src/console'),
    configFile: false,
    envDir: false,
    publicDir: false,
    base: '/',
    logLevel: 'warn',
    plugins: [react()],
    html: { cspNonce: nonceMark },
    build: {
      outDir,
      emptyOutDir: true,
      // Browsers since May 2024: those that know light-dark().
      target: ['chrome123', 'firefox126', 'safari17.5'],
      // Data in the address would need more of the content policy than images.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 900,
      ...(it.watch === true ? { watch: {} } : {}),
    },
  };
  await build(config);
}

/**
 * A console made of the sources as they stand, from an earlier build where there is one: its folder. For tests and the
 * demo, which may run side by side.
 */
export async function builtConsole(): Promise<string> {
  const kept = join(root, 'node_modules/.cache/sallyport-console');
  const dir = join(kept, digestOfSources());
  if (existsSync(dir)) return dir;
  mkdirSync(kept, { recursive: true });
  dropOld(kept);
  const made = mkdtempSync(join(kept, 'new-'));
  await buildConsole(made);
  try {
    renameSync(made, dir);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    // Somebody else was faster with the same.
    if (!existsSync(dir)) throw error;
  }
  return dir;
}

/** Builds of sources that were; those of today may be in use. */
function dropOld(kept: string): void {
  for (const name of readdirSync(kept)) {
    const dir = join(kept, name);
    const builtAtMs = statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (builtAtMs < Date.now() - keptMs) rmSync(dir, { recursive: true, force: true });
  }
}

/** Everything that the console is made of: its own room, the two that it imports, and the libraries' versions. */
function digestOfSources(): string {
  const hash = createHash('sha256');
  const api = ['src/api/client.ts', 'src/api/contract'].flatMap((path) => filesUnder(path));
  const files = [...filesUnder('src/console'), ...api, 'scripts/console.ts', 'package-lock.json'];
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 20);
}

function filesUnder(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

if (import.meta.main) {
  await buildConsole(join(root, 'dist/console'), { watch: process.argv.includes('--watch') });
}
