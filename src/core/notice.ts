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
