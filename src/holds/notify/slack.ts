import { z } from 'zod';
import type { SlackSpec } from '../../core/channel.ts';
import type { Notice } from '../../core/notice.ts';
import type { Channel, ChannelParts } from './channel.ts';
import { DeliveryFailed, post } from './post.ts';
import { factsOf, titleOf } from './wording.ts';

type Json = Readonly<Record<string, unknown>>;

export const approveAction = 'sallyport.approve';
export const denyAction = 'sallyport.deny';

/** A message with buttons, by `chat.postMessage`; what they say comes back through `callbacks.ts`. */
export function slack(spec: SlackSpec, parts: ChannelParts): Channel {
  return {
    async send({ notice, signal }) {
      const decidable = spec.signingSecret !== undefined && notice.kind === 'hold.opened';
      const message = { channel: spec.channel, text: titleOf(notice), blocks: blocksOf(notice, decidable) };
      await callSlack(spec, parts, 'chat.postMessage', { ...message, ...quiet }, signal);
    },
  };
}

/** No previews of the links, which would fetch them, and nobody named in it is called. */
const quiet = { unfurl_links: false, unfurl_media: false, parse: 'none', link_names: false };

const answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() });

/**
 * One method of Slack's Web API.
 * @throws DeliveryFailed; SallyportError `credential_unavailable`
 */
export async function callSlack(
  { api, token }: SlackSpec,
  { resolveSecret }: ChannelParts,
  method: string,
  body: Json,
  signal: AbortSignal,
): Promise<Json> {
  const text = await post({
    url: `${api}/${method}`,
    headers: { authorization: `Bearer ${await resolveSecret(token)}` },
    body: JSON.stringify(body),
    signal,
  });
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success) throw new DeliveryFailed('the answer is none of Slack');
  if (!parsed.data.ok) throw new DeliveryFailed(`Slack says ${parsed.data.error ?? 'no'}`);
  return parsed.data;
}

/** Everything as plain or preformatted text, in which Slack looks for no mark-up, names or links. */
export function blocksOf(notice: Notice, decidable: boolean): readonly Json[] {
  const { text, about, url } = notice;
  const facts = factsOf(notice).map(([name, value]) => `${name}: ${value}`);
  return [
    { type: 'header', text: plainText(titleOf(notice), 150) },
    { type: 'section', text: plainText(facts.join('\n'), 3_000) },
    ...(text === undefined ? [] : [preformatted(text)]),
    {
      type: 'actions',
      elements: [
        ...(decidable ? [button('Approve', approveAction, about, 'primary')] : []),
        ...(decidable ? [button('Deny', denyAction, about, 'danger')] : []),
        { type: 'button', text: plainText('Open', 75), url, action_id: 'sallyport.open' },
      ],
    },
  ];
}

function button(label: string, action: string, value: string, style: string): Json {
  return { type: 'button', text: plainText(label, 75), action_id: action, value, style };
}

function preformatted(text: string): Json {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}

/** Slack refuses a block that is longer than it may be. */
function plainText(text: string, charsMax: number): Json {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return { type: 'plain_text', text: cut, emoji: false };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
