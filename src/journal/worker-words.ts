import type { Event } from '../core/event.ts';
import { genesisHash } from './chain.ts';

/** A place in a worker's chain. */
export interface JoinedTo {
  readonly block: number;
  readonly hash: string;
}

export const nothingJoined: JoinedTo = { block: 0, hash: genesisHash };

/** What the journal says of workers' chains. */
export type WorkerWord = Extract<Event, { type: 'worker.started' | 'worker.joined' | 'worker.ended' }>;

export const workerWords = ['worker.started', 'worker.joined', 'worker.ended'] as const;

const needle = '"type":"worker.';
/** `seq`, `time` and `type` are within these. */
const beginningBytes = 128;

/** Undefined where the line says nothing of a worker. */
export function workerWordIn(line: Buffer): WorkerWord | undefined {
  if (!line.subarray(0, beginningBytes).includes(needle)) return undefined;
  try {
    const event = JSON.parse(line.toString('utf8'));
    return workerWords.includes(event.type) ? event : undefined;
  } catch {
    return undefined;
  }
}

/** How far each chain was joined, by the name of its worker; `ended`: as a whole. */
export class ToldWorkers {
  readonly #told = new Map<string, JoinedTo | 'ended'>();

  hear(word: WorkerWord): void {
    const { worker } = word;
    switch (word.type) {
      case 'worker.started':
        this.#told.set(worker, nothingJoined);
        break;
      case 'worker.joined':
        this.#told.set(worker, { block: word.block, hash: word.hash });
        break;
      case 'worker.ended':
        this.#told.set(worker, 'ended');
        break;
    }
  }

  /** Undefined: there is no word of it. */
  of(worker: string): JoinedTo | 'ended' | undefined {
    return this.#told.get(worker);
  }

  /** Those that have not ended. */
  get running(): readonly (readonly [string, JoinedTo])[] {
    return [...this.#told].flatMap(([worker, told]) => (told === 'ended' ? [] : [[worker, told] as const]));
  }
}
