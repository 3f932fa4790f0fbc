import type { ApprovalBody } from '../../../api/contract/schemas.ts';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import { wantedOf } from './items.ts';
import styles from './approvals.module.css';

interface Decided extends Pick<ApprovalBody, 'approvers' | 'decisions'> {
  readonly state: string;
}

/** Who has to agree, and who has said what so far. */
export function Decisions({ of: { approvers, decisions, state } }: { readonly of: Decided }) {
  return (
    <div className={styles['decisions']}>
      {state === 'pending' && approvers.length > 0 && (
        <p>
          Wants the word of <Shown>{wantedOf(approvers)}</Shown>.
        </p>
      )}
      {decisions.map(({ by, decision, because, at }) => (
        <p key={`${by.issuer} ${by.subject} ${at}`}>
          <Said decision={decision} /> <Who is={by} /> <Time at={at} />
          {because !== null && because !== '' && (
            <>
              : <Shown>{because}</Shown>
            </>
          )}
        </p>
      ))}
    </div>
  );
}

function Said({ decision }: { readonly decision: 'approve' | 'deny' }) {
  return decision === 'approve' ? (
    <Status tone="allow" icon="check">
      agreed
    </Status>
  ) : (
    <Status tone="deny" icon="cross">
      denied
    </Status>
  );
}
