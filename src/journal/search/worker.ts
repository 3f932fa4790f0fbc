import { rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { IndexFile } from './index-file.ts';
import { Indexer } from './indexer.ts';
import type { RecordedSessionQuery } from '../../core/record-query.ts';
import type { Asked, Told } from './search.ts';

// The thread of the search index: it reads the journal's files by itself, so that nobody's command waits for it.

const { dir, file }: { readonly dir: string; readonly file: string } = workerData;
const tell = (told: Told): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(told);
};

const index = openOrRenew();
const indexer = new Indexer(dir, index, (seq) => tell({ kind: 'progress', seq }));

parentPort?.on('message', (asked: Asked) => {
  switch (asked.kind) {
    case 'find':
      indexer.find(asked.query).then(
        (found) => tell({ kind: 'found', id: asked.id, found }),
        (error: unknown) => tell({ kind: 'failed', id: asked.id, message: String(error) }),
      );
      return;
    case 'sessions':
      tell(sessionsOf(asked.id, asked.query));
      return;
    case 'reindex':
      indexer.reindex();
      return;
    case 'close':
      indexer.stop();
      parentPort?.close();
  }
});

function sessionsOf(id: number, query: RecordedSessionQuery): Told {
  try {
    return { kind: 'sessions', id, sessions: indexer.sessions(query) };
  } catch (error) {
    return { kind: 'failed', id, message: String(error) };
  }
}

await indexer.run();
index.close();

/** All of it can be made again. */
function openOrRenew(): IndexFile {
  try {
    return new IndexFile(file);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return new IndexFile(file);
  }
}
