import type { Command } from 'commander';
import { routes } from '../../api/contract/routes.ts';
import { visible } from '../../api/contract/visible.ts';
import { connect } from '../connect.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { withRemote } from '../options.ts';
import type { Remote } from '../options.ts';

export function whoami(program: Command, io: Io): void {
  const command = program.command('whoami').description('who you are to the gateway, and until when');
  withRemote(command).action(async (options: Remote) => {
    const me = await (await connect(io, options)).call(routes.me, {});
    const { subject, issuer, kind, groups, actor, expiresAt, rights } = me;
    const acting = actor === undefined ? [] : [`acted for by ${visible(actor.subject)}`];
    say(io, options, {
      people: [
        `${kind} ${visible(subject)} (${visible(issuer)})`,
        ...acting,
        `groups: ${groups.map(visible).join(', ') || 'none'}`,
        `rights on the gateway: ${rights.join(', ') || 'none'}`,
        `until ${expiresAt}`,
      ],
      machine: me,
    });
  });
}
