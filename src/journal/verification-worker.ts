import { parentPort, workerData } from 'node:worker_threads';
import { verifyJournal } from './verify.ts';

// The thread that reads the whole journal once, and says what it has found.

const { dir, publicKey }: { readonly dir: string; readonly publicKey: string } = workerData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await verifyJournal(dir, publicKey));
