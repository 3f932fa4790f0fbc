import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { PolicyBody } from '../../../api/contract/schemas/policy.ts';
import { usePolicy } from '../../data/policy.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Words } from '../../parts/facts.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { Status } from '../../parts/status.tsx';
import { Numbered } from './numbered.tsx';
import styles from './policy.module.css';

interface Lines {
  readonly from: number;
  readonly to: number;
}

/** The file, and beside it what it says. */
export function Rules() {
  return (
    <Answer of={usePolicy()} lines={10}>
      {(policy) => <Both policy={policy} />}
    </Answer>
  );
}

function Both({ policy }: { readonly policy: PolicyBody }) {
  const [lines, show] = useState<Lines>();
  return (
    <div className={styles['both']}>
      <div className={styles['stack']}>
        <RuleList of={policy} lines={lines} show={show} />
        <Masks of={policy} />
        <Budgets of={policy} />
        <Warnings of={policy} />
      </div>
      <div className={styles['beside']}>
        <Panel
          title="sallyport.yaml"
          actions={<span className={styles['digest']}>{policy.digest.slice(0, 12)}</span>}
        >
          <Numbered text={policy.text} label="sallyport.yaml" from={lines?.from} to={lines?.to} />
          <p className={styles['note']}>Secrets that stand in the file are left out; references stay.</p>
        </Panel>
      </div>
    </div>
  );
}

function RuleList(it: {
  readonly of: PolicyBody;
  readonly lines: Lines | undefined;
  readonly show: (lines: Lines) => void;
}) {
  const { rules, text } = it.of;
  if (rules.length === 0) {
    return (
      <Panel title="Rules">
        <Empty icon="policy" title="There are no rules, so nothing is allowed">
          <p>
            The first one, in sallyport.yaml:{' '}
            <code>{'{ name: …, who: { groups: […] }, targets: […], allow: [read] }'}</code>
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Rules">
      <ol className={styles['rules']}>
        {rules.map(({ name, line, words, asleep }, at) => {
          const to = endOf(text, line, rules[at + 1]?.line);
          return (
            <li key={name}>
              <button
                type="button"
                className={styles['rule']}
                aria-pressed={it.lines?.from === line}
                onClick={() => it.show({ from: line, to })}
              >
                <span className={styles['rule-name']}>
                  <Shown>{name}</Shown>
                  {asleep && (
                    <Status tone="accent" icon="clock">
                      on request
                    </Status>
                  )}
                  <span className={styles['line']}>line {line}</span>
                </span>
                {words.map((sentence, index) => (
                  <span key={sentence} className={index === 0 ? styles['first'] : styles['more']}>
                    <Shown>{sentence}</Shown>
                  </span>
                ))}
              </button>
              <Link to="/sessions" search={{ rule: name }} className={styles['took-part'] ?? ''}>
                Sessions it took part in
              </Link>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}

/** The last line of a rule: before the next, and without what stands empty between them. */
function endOf(text: string, line: number, next: number | undefined): number {
  const lines = text.split('\n');
  const isOther = (at: number): boolean => /^(?:\S|\s*$)/.test(lines[at] ?? '');
  let to = line;
  while (to < (next ?? lines.length + 1) - 1 && !isOther(to)) to += 1;
  return to;
}

function Masks({ of: { masks, detect } }: { readonly of: PolicyBody }) {
  return (
    <Panel title="Masks">
      {masks.length + detect.length === 0 ? (
        <p className={styles['note']}>
          Nothing is masked. Name what is sensitive under <code>sensitive</code>, and what to look for under{' '}
          <code>detect</code>.
        </p>
      ) : (
        <ul className={styles['masks']}>
          {masks.map(({ target, resource, mask, revealedBy }) => (
            <li key={`${target} ${resource}`}>
              <span>
                <Icon name="mask" size={14} />{' '}
                <code>
                  <Shown>{resource}</Shown>
                </code>{' '}
                on <Shown>{target}</Shown> comes as <Status tone="mask">{mask}</Status>
              </span>
              {revealedBy.length > 0 && (
                <span className={styles['more']}>
                  in clear by <Words>{revealedBy}</Words>
                </span>
              )}
            </li>
          ))}
          {detect.map(({ target, find, mask }) => (
            <li key={`${target} ${find.join(' ')} ${mask}`}>
              <span>
                <Icon name="search" size={14} /> On <Shown>{target}</Shown> whatever looks like{' '}
                <Shown>{find.join(', ')}</Shown> comes as <Status tone="mask">{mask}</Status>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Budgets({ of: { budgets } }: { readonly of: PolicyBody }) {
  if (budgets.length === 0) return null;
  return (
    <Panel title="Budgets">
      <ul className={styles['masks']}>
        {budgets.map(({ name, line, words }) => (
          <li key={name}>
            <span>
              <Shown>{words}</Shown> <span className={styles['line']}>line {line}</span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Warnings({ of: { warnings } }: { readonly of: PolicyBody }) {
  if (warnings.length === 0) return null;
  return (
    <Panel title="Should not stay so">
      <ul className={styles['masks']}>
        {warnings.map(({ line, message, hint }) => (
          <li key={`${line} ${message}`}>
            <span>
              <Icon name="warning" size={14} /> line {line}: <Shown>{message}</Shown>
            </span>
            {hint !== undefined && (
              <span className={styles['more']}>
                <Shown>{hint}</Shown>
              </span>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
