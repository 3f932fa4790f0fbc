import { Button, Kbd } from '@mantine/core';
import { useState } from 'react';
import type { ApprovalBody } from '../../../api/contract/schemas.ts';
import { useKey } from '../../app/keys.tsx';
import type { Decision } from '../../data/approvals.ts';
import { useMe } from '../../data/me.ts';
import { Failed } from '../../parts/failed.tsx';
import { Approve, Deny } from './decide-forms.tsx';
import { standingOf } from './items.ts';
import type { Standing } from './items.ts';
import styles from './approvals.module.css';

interface Act {
  readonly mutate: (decision: Decision) => void;
  readonly isPending: boolean;
  readonly error: Error | null;
}

interface Decidable extends Pick<ApprovalBody, 'identity' | 'approvers' | 'decisions'> {
  readonly state: string;
  /** It can be used again and again, and so be ended. */
  readonly standing?: boolean;
}

interface DecideParts {
  readonly item: Decidable;
  readonly act: Act;
  /** For how long an approval may stand; undefined: once alone. */
  readonly standsForMs: number | undefined;
}

const whyNot: Readonly<Record<Exclude<Standing, 'may'>, string>> = {
  mine: 'You asked for this yourself: somebody else decides.',
  decided: 'You have decided; others have to agree as well.',
  not_named: 'The rules name others to decide on this; you can look on.',
};

/** `a` or `d`, then Enter: two keystrokes, and never one. */
export function Decide({ item, act, standsForMs }: DecideParts) {
  const me = useMe().data;
  const [chosen, choose] = useState<'approve' | 'deny'>();
  const standing = me === undefined ? 'not_named' : standingOf(item, me);
  const isPending = item.state === 'pending';
  const canEnd = item.state === 'approved' && item.standing === true;
  const mayApprove = isPending && standing === 'may';
  const mayDeny = mayApprove || (canEnd && (standing === 'may' || standing === 'decided'));
  useKey('a', 'Approve this (then Enter)', mayApprove ? () => choose('approve') : undefined);
  useKey('d', 'Deny this (then Enter)', mayDeny ? () => choose('deny') : undefined);
  if (!isPending && !mayDeny) return null;
  const forms = {
    decide: (decision: Decision) => {
      choose(undefined);
      act.mutate(decision);
    },
    cancel: () => choose(undefined),
  };
  return (
    <div className={styles['decide']}>
      {act.error !== null && <Failed error={act.error} />}
      {standing !== 'may' && !mayDeny && <p className={styles['why-not']}>{whyNot[standing]}</p>}
      {chosen === 'approve' && <Approve {...forms} standsForMs={standsForMs} />}
      {chosen === 'deny' && <Deny {...forms} />}
      {chosen === undefined && mayDeny && (
        <div className={styles['buttons']}>
          {mayApprove && (
            <Button onClick={() => choose('approve')} loading={act.isPending} rightSection={<Key>a</Key>}>
              Approve
            </Button>
          )}
          <Button
            variant="default"
            onClick={() => choose('deny')}
            loading={act.isPending}
            rightSection={<Key>d</Key>}
          >
            {isPending ? 'Deny' : 'End this approval'}
          </Button>
        </div>
      )}
    </div>
  );
}

function Key({ children }: { readonly children: string }) {
  return (
    <Kbd size="xs" visibleFrom="sm" aria-hidden="true">
      {children}
    </Kbd>
  );
}
