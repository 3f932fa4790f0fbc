import type { ProtocolParts } from '../protocol.ts';
import type { Analyst } from './analyst.ts';
import type { Cancels } from './cancels.ts';
import type { Catalogs } from './catalogs.ts';
import type { Turn } from './turn.ts';

/** What all sessions of one listener share. */
export interface Shared {
  readonly parts: ProtocolParts;
  readonly analyst: Analyst;
  readonly catalogs: Catalogs;
  readonly cancels: Cancels;
  readonly turn: Turn;
  /** Sessions that are over and still clean up behind them. */
  readonly endings: Set<Promise<void>>;
  /** Identities, each on a target, of which a held command runs and is not committed. */
  readonly previewing: Set<string>;
  /** Sessions that have ended and whose leases are being given back. */
  readonly ending: Set<Promise<void>>;
}
