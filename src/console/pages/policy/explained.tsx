import type { Explained as Explanation } from '../../../api/contract/schemas.ts';
import { Fact, Facts, Words } from '../../parts/facts.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status, Verdict } from '../../parts/status.tsx';
import styles from './policy.module.css';

/** A verdict with all that took part in it, and all that did not. */
export function Explained({ is }: { readonly is: Explanation }) {
  return (
    <div className={styles['stack']}>
      <p className={styles['verdict']}>
        <Verdict of={is.verdict} /> {is.because !== undefined && <Shown>{is.because}</Shown>}
      </p>
      <Facts>
        <Fact name="It would do">
          <Words>{is.effects}</Words>
        </Fact>
        {is.uncovered.length > 0 && (
          <Fact name="No rule covers">
            <Words>{is.uncovered}</Words>
          </Fact>
        )}
        {is.verdict === 'deny' && (
          <Fact name="Allowed instead">
            {is.allowed.length === 0 ? 'nothing here' : <Words>{is.allowed}</Words>}
          </Fact>
        )}
        {is.approvers.length > 0 && (
          <Fact name="Wants the word of">
            <Words>{is.approvers.map(approversOf)}</Words>
          </Fact>
        )}
        {is.masks.hidden.length > 0 && (
          <Fact name="Comes masked">
            <Words>{is.masks.hidden.map(({ resource, mask }) => `${resource} (${mask})`)}</Words>
          </Fact>
        )}
        {is.masks.revealed.length > 0 && (
          <Fact name="Comes in clear">
            <Words>{is.masks.revealed}</Words>
          </Fact>
        )}
        {is.budgets.length > 0 && (
          <Fact name="Budgets">
            <Words>
              {is.budgets.map(({ name, unit, limit, per }) => `${name}: ${limit} ${unit} a ${per}`)}
            </Words>
          </Fact>
        )}
        {is.failures.length > 0 && (
          <Fact name="Conditions failed">
            <Words>{is.failures.map(({ rule, error }) => `${rule}: ${error}`)}</Words>
          </Fact>
        )}
      </Facts>
      <ul className={styles['took']} aria-label="rules">
        {is.rules.map(({ name, does, because }) => (
          <li key={name} data-quiet={does.length === 0 || undefined}>
            <span className={styles['rule-name']}>
              <Shown>{name}</Shown>
              {does.map((part) => (
                <Does key={part} part={part} />
              ))}
            </span>
            <span className={styles['more']}>
              <Shown>{because}</Shown>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Does({ part }: { readonly part: string }) {
  if (part === 'allow' || part === 'hold' || part === 'deny') return <Verdict of={part} />;
  return (
    <Status tone="mask" icon="mask">
      {part}
    </Status>
  );
}

function approversOf({ groups = [], subjects = [], count }: Explanation['approvers'][number]): string {
  return `${count} of ${[...groups.map((group) => `group ${group}`), ...subjects].join(', ')}`;
}
