import type { ReactNode } from 'react';
import type { ApprovalState } from '../../api/contract/schemas.ts';
import type { RequestStateName } from '../../api/contract/schemas/requests.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-paths.ts';
import styles from './status.module.css';

export type Tone = 'allow' | 'hold' | 'deny' | 'quiet' | 'accent' | 'mask';

/** A status: never by its colour alone. */
export function Status(it: { readonly tone: Tone; readonly icon?: IconName; readonly children: ReactNode }) {
  return (
    <span className={styles['status']} data-tone={it.tone}>
      {it.icon !== undefined && <Icon name={it.icon} size={12} />}
      {it.children}
    </span>
  );
}

const verdicts = {
  allow: { icon: 'check', word: 'allowed' },
  hold: { icon: 'pause', word: 'held' },
  deny: { icon: 'cross', word: 'denied' },
} as const;

/** What the rules said of a command. */
export function Verdict({ of }: { readonly of: keyof typeof verdicts }) {
  const { icon, word } = verdicts[of];
  return (
    <Status tone={of} icon={icon}>
      {word}
    </Status>
  );
}

const states: Readonly<
  Record<ApprovalState | RequestStateName, { tone: Tone; icon: IconName; word: string }>
> = {
  pending: { tone: 'hold', icon: 'pause', word: 'waiting' },
  approved: { tone: 'allow', icon: 'check', word: 'approved' },
  used: { tone: 'allow', icon: 'check', word: 'approved, ran' },
  granted: { tone: 'allow', icon: 'check', word: 'granted' },
  denied: { tone: 'deny', icon: 'cross', word: 'denied' },
  withdrawn: { tone: 'quiet', icon: 'minus', word: 'withdrawn' },
  expired: { tone: 'quiet', icon: 'clock', word: 'expired' },
  ended: { tone: 'quiet', icon: 'minus', word: 'ended' },
};

/** What has become of a held command, or of a request. */
export function State({ of }: { readonly of: ApprovalState | RequestStateName }) {
  const { tone, icon, word } = states[of];
  return (
    <Status tone={tone} icon={icon}>
      {word}
    </Status>
  );
}
