import type { Detection } from './target.ts';

/** How a sensitive value is changed. */
export const maskNames = ['redact', 'null', 'email', 'last4', 'hash', 'token'] as const;
export type MaskName = (typeof maskNames)[number];

/** What one identity may not see of one target. */
export interface MaskPlan {
  /** Resource (`public.users.email`) → mask, only of columns hidden from this identity. */
  readonly hidden: ReadonlyMap<string, MaskName>;
  readonly detect: readonly Detection[];
}
