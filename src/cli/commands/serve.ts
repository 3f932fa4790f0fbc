import type { Command } from 'commander';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { configDefault, withConfig } from '../options.ts';
import type { Configured } from '../options.ts';

export function serve(program: Command, io: Io): void {
  withConfig(program.command('serve').description('run the gateway until it is told to stop')).action(
    async (options: Configured) => {
      const running = await (await io.local()).serve({ config: options.config ?? configDefault });
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
    },
  );
}
