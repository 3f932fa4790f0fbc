// `node scripts/test.ts PATTERN…`: Node's test runner, with several files at a time on a small machine too
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The runner's own choice is one less than there are processors; but tests wait for servers and clients half of the time. */
const concurrency = Math.max(3, availableParallelism() - 1);

const args = ['--test', `--test-concurrency=${concurrency}`, ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
