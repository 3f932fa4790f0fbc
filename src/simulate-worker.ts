import { parentPort, workerData } from 'node:worker_threads';
import { simulate, type Simulating } from './simulate.ts';

// The thread of a simulation: it reads the journal and decides, and nobody's command waits for it.

const question: Simulating = workerData;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await simulate(question));
