import type { TeamsSpec } from '../../core/channel.ts';
import type { Notice } from '../../core/notice.ts';
import type { Channel, ChannelParts } from './channel.ts';
import { post } from './post.ts';
import { factsOf, titleOf } from './wording.ts';

type Json = Readonly<Record<string, unknown>>;

/** An Adaptive Card to a workflow's or an incoming webhook's address; what is decided is decided behind its link. */
export function teams(spec: TeamsSpec, { resolveSecret }: ChannelParts): Channel {
  return {
    async send({ id, notice, signal }) {
      const url = await resolveSecret(spec.url);
      const body = JSON.stringify(messageOf(notice, spec.secret !== undefined));
      await post({ url, headers: { 'idempotency-key': id }, body, signal, private: spec.private });
    },
  };
}

function messageOf(notice: Notice, answerable: boolean): Json {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: bodyOf(notice, answerable),
    actions: [{ type: 'Action.OpenUrl', title: 'Open', url: notice.url }],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Text runs alone: a TextBlock or a fact would be read as Markdown. */
function bodyOf(notice: Notice, answerable: boolean): readonly Json[] {
  const { kind, text, about } = notice;
  const how =
    answerable && kind === 'hold.opened'
      ? `To decide here, name the webhook and say: approve ${about}`
      : undefined;
  return [
    richText([{ text: titleOf(notice), weight: 'Bolder', size: 'Medium' }]),
    ...factsOf(notice).map(([name, value]) =>
      richText([{ text: `${name}: `, weight: 'Bolder' }, { text: value }]),
    ),
    ...(text === undefined ? [] : [richText([{ text, fontType: 'Monospace' }])]),
    ...(how === undefined ? [] : [richText([{ text: how, isSubtle: true }])]),
  ];
}

function richText(runs: readonly Json[]): Json {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}
