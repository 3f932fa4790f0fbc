#!/usr/bin/env node
// Starts the TypeScript of a checkout or the JavaScript of an installed package, whichever is here.
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `sallyport needs Node 24 or newer; this is ${process.version}. Try: npx -p node@26 -p sallyport sallyport`,
  );
  process.exit(1);
}
// Beside the program: in the shared temporary folder another user of this machine could plant code.
enableCompileCache(fileURLToPath(new URL('../.cache', import.meta.url)));
const source = new URL('../src/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : new URL('../dist/main.js', import.meta.url).href);
