import { parseArgs } from 'node:util';

import { builtConsole } from '../scripts/console.ts';
import { bringToLife } from './life.ts';
import { people } from './people.ts';
import { Screen } from './screen.ts';
import { setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { play } from './story.ts';

// `npm run demo`: an agent works on a real PostgreSQL through Sallyport. `npm run demo -- --stay` goes on serving.
const { values: options } = parseArgs({ options: { stay: { type: 'boolean', default: false } } });
const screen = new Screen(process.stdout);
const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<string>();
// For good: a second Ctrl-C must not end the process before it has cleaned up.
process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

screen.title('Sallyport: an agent, a person, and a shop’s database');
const beganMs = Date.now();
const stage = await setStage(options.stay ? { consoleDir: await builtConsole() } : {});
let life: Awaited<ReturnType<typeof bringToLife>> | undefined;
try {
  screen.text(`PostgreSQL with a small shop   ${stage.host}:${stage.databasePort}`);
  screen.text(`Sallyport for PostgreSQL       ${stage.host}:${stage.postgresPort}`);
  screen.text(`Sallyport's API                https://${stage.host}:${stage.httpPort}`);
  const stopped = await Promise.race([play(stage, screen), interrupted]);
  if (stopped === undefined) {
    screen.title(`All of it as it should be, in ${((Date.now() - beganMs) / 1000).toFixed(1)} s.`);
    if (options.stay) {
      life = await bringToLife(stage);
      sayHowToPlay(stage);
      await interrupted;
    } else {
      screen.text('Keep it running and play with it by yourself: npm run demo -- --stay\n');
    }
  }
} catch (error) {
  process.exitCode = 1;
  screen.refusal(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  await life?.stop();
  await stage.close();
}

function sayHowToPlay({ host, postgresPort, httpPort, configFile, caFile, tokenFile }: Stage): void {
  const database = `host=${host} port=${postgresPort} dbname=orders user=me sslmode=verify-full sslrootcert=${caFile}`;
  const asDana = `--config ${configFile} --token-file ${tokenFile('dana')}`;
  screen.text(`Open the console:\n\n  https://${host}:${httpPort}\n`);
  screen.text('Say who you are, no password is asked for:\n');
  for (const { name, does } of people) screen.text(`  ${name.padEnd(6)} ${does}`);
  screen.text(
    '\nThe browser warns of the certificate: the gateway has made it by itself. Three agents go on working.\n',
  );
  screen.text('Be the agent:\n');
  screen.text(`  PGPASSWORD=$(cat ${tokenFile('agent')}) psql "${database}"\n`);
  screen.text('Be the person who approves:\n');
  screen.text(`  npx sallyport approvals ${asDana}`);
  screen.text(`  npx sallyport approve ID ${asDana}\n`);
  screen.text(`Change the rules, they count from the next command on:\n\n  ${configFile}\n`);
  screen.text('Ctrl-C ends it all.\n');
}
