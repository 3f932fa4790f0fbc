import type { Notice } from '../../core/notice.ts';
import type { Secret } from '../../core/target.ts';

/** One way out. */
export interface Channel {
  /** @throws whatever keeps it from being delivered; it is then tried again */
  send(delivery: Delivery): Promise<void>;
}

export interface Delivery {
  /** The same in every attempt. */
  readonly id: string;
  /** Already `shown`. */
  readonly notice: Notice;
  readonly signal: AbortSignal;
}

export interface ChannelParts {
  readonly now: () => number;
  /** @throws SallyportError `credential_unavailable` */
  readonly resolveSecret: (secret: Secret) => Promise<string>;
}
