import type { ChannelSpec } from '../../core/channel.ts';
import type { Channel, ChannelParts } from './channel.ts';
import { email } from './email.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export function openChannel({ way }: ChannelSpec, parts: ChannelParts): Channel {
  switch (way.kind) {
    case 'webhook':
      return webhook(way, parts);
    case 'slack':
      return slack(way, parts);
    case 'teams':
      return teams(way, parts);
    case 'email':
      return email(way, parts);
  }
}
