import { createHmac } from 'node:crypto';
import type { WebhookSpec } from '../../core/channel.ts';
import type { Notice } from '../../core/notice.ts';
import type { Channel, ChannelParts } from './channel.ts';
import { post } from './post.ts';
import { titleOf } from './wording.ts';

/** JSON, signed: `sallyport-signature: t=SECONDS,v1=HEX`, an HMAC-SHA-256 over `SECONDS.BODY`. */
export function webhook(spec: WebhookSpec, { now, resolveSecret }: ChannelParts): Channel {
  return {
    async send({ id, notice, signal }) {
      const [url, secret] = await Promise.all([resolveSecret(spec.url), resolveSecret(spec.secret)]);
      const body = JSON.stringify(bodyOf(id, notice));
      const headers = {
        'idempotency-key': id,
        'sallyport-signature': signature(secret, Math.floor(now() / 1000), body),
      };
      await post({ url, headers, body, signal, private: spec.private });
    },
  };
}

/** Made anew for each attempt, so that receivers can refuse what is old. */
export function signature(secret: string, seconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

function bodyOf(id: string, notice: Notice): Readonly<Record<string, unknown>> {
  const {
    kind,
    about,
    subject,
    issuer,
    identityKind,
    actor,
    target,
    rules,
    effects,
    text,
    decision,
    by,
    url,
  } = notice;
  return {
    id,
    kind,
    title: titleOf(notice),
    about,
    identity: { subject, issuer, kind: identityKind, ...(actor === undefined ? {} : { actor }) },
    target,
    rules,
    effects,
    text,
    decision,
    by,
    url,
  };
}
