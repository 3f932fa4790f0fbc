import { readFile } from 'node:fs/promises';
import type { EmailSpec } from '../../core/channel.ts';
import type { Notice } from '../../core/notice.ts';
import type { Channel, ChannelParts } from './channel.ts';
import { factsOf, titleOf } from './wording.ts';

const timeoutMs = 20_000;

/** Text alone, by SMTP. */
export function email(spec: EmailSpec, { resolveSecret }: ChannelParts): Channel {
  return {
    async send({ id, notice, signal }) {
      const { createTransport } = await import('nodemailer');
      const { host, port, tls, caFile, login, from, to } = spec;
      const transport = createTransport({
        host,
        port,
        secure: tls === 'tls',
        // Without it a server, or whoever stands before it, could talk the gateway out of encrypting.
        requireTLS: tls === 'starttls',
        ignoreTLS: tls === 'none',
        tls: {
          minVersion: 'TLSv1.2',
          ...(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') }),
        },
        ...(login === undefined
          ? {}
          : { auth: { user: await resolveSecret(login.user), pass: await resolveSecret(login.password) } }),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const leave = (): void => transport.close();
      signal.addEventListener('abort', leave);
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject: `[Sallyport] ${titleOf(notice)}`,
          text: textOf(notice),
          // The same in every attempt: mail programs show the second as the first.
          messageId: `<${id}@sallyport>`,
          headers: { 'auto-submitted': 'auto-generated' },
        });
      } finally {
        signal.removeEventListener('abort', leave);
        transport.close();
      }
    },
  };
}

function textOf(notice: Notice): string {
  const facts = factsOf(notice).map(([name, value]) => `${`${name}:`.padEnd(10)}${value}`);
  return [
    titleOf(notice),
    '',
    ...facts,
    ...(notice.text === undefined ? [] : ['', `    ${notice.text}`]),
    '',
    'Sign in to see all of it, and to decide:',
    notice.url,
    '',
  ].join('\r\n');
}
