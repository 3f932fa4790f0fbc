import type { NoticeKind } from './notice.ts';
import type { Secret } from './target.ts';

/** Where notices go, by name. */
export interface ChannelSpec {
  readonly name: string;
  /** What it is told of. */
  readonly on: readonly NoticeKind[];
  readonly way: Way;
}

export type Way = WebhookSpec | SlackSpec | TeamsSpec | EmailSpec;

export interface WebhookSpec {
  readonly kind: 'webhook';
  readonly url: Secret;
  /** What its deliveries are signed with. */
  readonly secret: Secret;
  /** Its name may lead to an address of a private network. */
  readonly private: boolean;
}

export interface SlackSpec {
  readonly kind: 'slack';
  /** The id of a channel: `C0123ABCD`. */
  readonly channel: string;
  readonly token: Secret;
  /** What Slack signs its callbacks with. Absent: no buttons. */
  readonly signingSecret?: Secret;
  readonly people: People;
  /** Whoever the map does not name is the subject that Slack's own e-mail address says, of this issuer. */
  readonly emailIssuer?: string;
  /** `https://slack.com/api` */
  readonly api: string;
}

export interface TeamsSpec {
  readonly kind: 'teams';
  readonly url: Secret;
  /** What Teams signs the calls of an outgoing webhook with, in base64. Absent: no decisions by message. */
  readonly secret?: Secret;
  readonly people: People;
  readonly private: boolean;
}

export interface EmailSpec {
  readonly kind: 'email';
  readonly host: string;
  readonly port: number;
  /** `starttls`: never without it. `none`: to this machine alone. */
  readonly tls: 'tls' | 'starttls' | 'none';
  readonly caFile?: string;
  readonly login?: { readonly user: Secret; readonly password: Secret };
  readonly from: string;
  readonly to: readonly string[];
}

/** Whom the users of a chat are, by the chat's own id of them. */
export type People = ReadonlyMap<string, Person>;

export interface Person {
  readonly subject: string;
  readonly issuer: string;
  readonly groups: readonly string[];
  /** For telling one's own commands, where agents name their owners by it. */
  readonly email?: string;
}
