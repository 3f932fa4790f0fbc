import type { Command } from 'commander';
import { ApiError, createClient } from '../../api/client.ts';
import { routes } from '../../api/contract/routes.ts';
import { visible } from '../../api/contract/visible.ts';
import { gatewayOf } from '../connect.ts';
import { UsageError } from '../failure.ts';
import { say } from '../io.ts';
import type { Io } from '../io.ts';
import { forgetLogin, keepLogin, keptLogin } from '../kept-logins.ts';
import { withConfig } from '../options.ts';
import type { Configured } from '../options.ts';
import { byBrowser, byDevice } from '../sign-in.ts';

interface Options extends Configured {
  readonly url?: string;
  readonly ca?: string;
}

interface LoginOptions extends Options {
  readonly device?: boolean;
}

interface LogoutOptions extends Options {
  readonly everywhere?: boolean;
}

export function login(program: Command, io: Io): void {
  const command = program
    .command('login')
    .description('sign in by your browser, for the commands that ask a gateway')
    .option('--device', 'no browser on this machine: type a code in one elsewhere');
  withGateway(command).action(async (options: LoginOptions) => {
    const { url, ca } = await gatewayOf(io, options);
    const { access_token: token, expires_in: seconds } =
      options.device === true ? await byDevice(io, url) : await byBrowser(io, url);
    const expiresAt = new Date(io.now() + seconds * 1_000).toISOString();
    const { subject, issuer } = await createClient({ url, token, fetch: io.fetch }).call(routes.me, {});
    keepLogin(io, url, { token, subject, issuer, expiresAt, ...(ca === undefined ? {} : { ca }) });
    say(io, options, {
      people: [`signed in at ${url} as ${visible(subject)} until ${expiresAt}`],
      machine: { url, subject, issuer, expiresAt },
    });
  });
}

export function logout(program: Command, io: Io): void {
  const command = program
    .command('logout')
    .description('end what sallyport login began')
    .option('--everywhere', 'in all browsers and on all machines');
  withGateway(command).action(async (options: LogoutOptions) => {
    const { url } = await gatewayOf(io, options);
    const kept = keptLogin(io, url);
    if (kept === undefined) throw new UsageError(`you are not signed in at ${url}`);
    // First: whatever the gateway answers, this machine must not go on with it.
    forgetLogin(io, url);
    const ended = await endAtGateway(io, url, kept.token, options.everywhere === true);
    say(io, options, {
      people: [`signed out at ${url}${ended ? '' : ': it was over already'}`],
      machine: { url, ended },
    });
  });
}

/** False: the gateway did not know it any more. @throws ApiError: it may still hold, at most until it expires */
async function endAtGateway(io: Io, url: string, token: string, everywhere: boolean): Promise<boolean> {
  const client = createClient({ url, token, fetch: io.fetch });
  try {
    if (everywhere) await client.call(routes.endLogins, {});
    else {
      const { ticket } = await client.call(routes.me, {});
      if (ticket !== undefined) await client.call(routes.endTicket, { params: { id: ticket } });
    }
    return true;
  } catch (error) {
    if (error instanceof ApiError && ['unauthenticated', 'revoked'].includes(error.code)) return false;
    throw error;
  }
}

function withGateway(command: Command): Command {
  return withConfig(command)
    .option('--url <url>', 'the gateway (else SALLYPORT_URL, else as configured)')
    .option('--ca <file>', 'authority of its certificate, PEM (else SALLYPORT_CA)');
}
