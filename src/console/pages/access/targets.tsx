import { useState } from 'react';
import type { TargetBody } from '../../../api/contract/schemas.ts';
import { useTargets } from '../../data/access.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Connect } from './connect.tsx';
import styles from './access.module.css';

/** What is open to me, and for the chosen one the ways in. */
export function Targets() {
  const [chosen, choose] = useState<string>();
  return (
    <Panel title="Targets">
      <Answer of={useTargets()}>
        {({ targets, ownAuthority }) => {
          if (targets.length === 0) return <NothingOpen />;
          const open = targets.find(({ name }) => name === chosen) ?? targets[0];
          return (
            <div className={styles['targets']}>
              <div className={styles['names']} role="group" aria-label="targets">
                {targets.map((target) => (
                  <TargetButton
                    key={target.name}
                    target={target}
                    isChosen={target === open}
                    choose={() => choose(target.name)}
                  />
                ))}
              </div>
              {open !== undefined && <Connect key={open.name} target={open} ownAuthority={ownAuthority} />}
            </div>
          );
        }}
      </Answer>
    </Panel>
  );
}

interface ButtonParts {
  readonly target: TargetBody;
  readonly isChosen: boolean;
  readonly choose: () => void;
}

function TargetButton({ target: { name, protocol, labels }, isChosen, choose }: ButtonParts) {
  return (
    <button type="button" className={styles['target']} aria-pressed={isChosen} onClick={choose}>
      <span className={styles['target-name']}>
        <Shown>{name}</Shown>
      </span>
      <span className={styles['labels']}>
        <Status tone="accent">{protocol}</Status>
        {Object.entries(labels).map(([label, value]) => (
          <Status key={label} tone="quiet">
            <Shown>{`${label}: ${value}`}</Shown>
          </Status>
        ))}
      </span>
    </button>
  );
}

function NothingOpen() {
  return (
    <Empty icon="access" title="No target is open to you">
      <p>
        A rule opens one: <code>who</code>, <code>targets</code> and <code>allow</code> in sallyport.yaml. If
        a rule that sleeps would let you in, it is listed below, and you can ask for it.
      </p>
    </Empty>
  );
}
