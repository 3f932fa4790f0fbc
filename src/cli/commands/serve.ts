import type { Command } from 'commander';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, processes, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

export function serve(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .description('run the gateway until it is told to stop')
    .option('--workers <n>', 'take PostgreSQL clients in so many processes of their own', processes);
  withConfig(command).action(async ({ workers, ...options }: Configured & { readonly workers?: number }) => {
    const config = options.config ?? configDefault;
    const local = await io.local();
    const running = await local.serve({ config, ...(workers === undefined ? {} : { workers }) });
    const { addresses } = running;
    say(io, options, {
      people: [
        'Sallyport is ready.',
        ...addresses.map(({ name, address }) => `  ${name.padEnd(10)} ${address}`),
      ],
      machine: { ready: true, addresses },
    });
    await Promise.race([io.stopped(), running.closed]);
    await running.close();
  });
}
