import { setTimeout as wait } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { openBrowser } from './cli/open-browser.ts';
import { run } from './cli/run.ts';
import { settleHeap } from './heap.ts';

/** The first signal asks the gateway to end its sessions; the second ends the process. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

// `sallyport sessions | head` closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

settleHeap();

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  // Named here, it would be loaded at once, with all of what Node's own HTTP client is made of.
  fetch: (input, init) => fetch(input, init),
  open: openBrowser,
  local: async () => (await import('./local.ts')).local,
  stopped,
  version: packageJson.version,
  now: () => Date.now(),
  wait: (ms) => wait(ms),
});
