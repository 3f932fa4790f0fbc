/** What somebody outside can be told of; docs/notices.md says what each is. */
export const noticeKinds = [
  'hold.opened',
  'hold.decided',
  'request.opened',
  'request.decided',
  'grant.started',
  'grant.ended',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/**
 * Something that people should hear of. It leaves the gateway, so it has names and no values: no parameter, no
 * literal, no reason that somebody typed.
 */
export interface Notice {
  readonly kind: NoticeKind;
  /** Of the approval, request or grant that it is about. */
  readonly about: string;
  readonly subject: string;
  readonly issuer: string;
  readonly identityKind: 'agent' | 'human';
  /** Subject of whoever acts for it. */
  readonly actor?: string;
  readonly target: string;
  readonly rules: readonly string[];
  readonly effects?: readonly string[];
  /** A held statement, as it was sent: its literals and comments are cut out before it is kept or sent. */
  readonly text?: string;
  /** `approve`, `deny`: only of what was decided. */
  readonly decision?: string;
  /** Subjects of those who decided. */
  readonly by?: readonly string[];
  /** Where it is decided, by whoever signs in there. */
  readonly url: string;
  /** Only these channels, whatever they are `on`; absent: all that are on this kind. */
  readonly channels?: readonly string[];
}

/** A notice on its way to one channel; kept until it is delivered or given up. */
export interface NoticeRecord {
  /** The same in every attempt: receivers know a second one by it. */
  readonly id: string;
  readonly channel: string;
  readonly notice: Notice;
  readonly createdAtMs: number;
  readonly nextAtMs: number;
  readonly attempts: number;
}

export interface NoticeRecords {
  add(records: readonly NoticeRecord[]): Promise<void>;
  /** The one of this channel that is due first. */
  first(channel: string): Promise<NoticeRecord | undefined>;
  /** Another attempt is to be made at that time. */
  later(id: string, it: { readonly attempts: number; readonly nextAtMs: number }): Promise<void>;
  /** Delivered, or given up. */
  remove(id: string): Promise<void>;
  /** Those made before that time, whatever their channel. */
  olderThan(ms: number): Promise<readonly NoticeRecord[]>;
}

/** What a chat sends back when somebody presses a button there. Nobody has verified it yet. */
export interface Callback {
  readonly kind: string;
  readonly channel: string;
  readonly header: (name: string) => string | undefined;
  /** Byte for byte, as it was signed. */
  readonly body: string;
  /** The address that it came from. */
  readonly client: string;
}

export interface Callbacks {
  /**
   * The answer as JSON; an empty body where it is undefined.
   * @throws SallyportError `not_found`, `unauthenticated`, `conflict` for one that came before, `protocol`
   */
  receive(callback: Callback): Promise<Readonly<Record<string, unknown>> | undefined>;
}
