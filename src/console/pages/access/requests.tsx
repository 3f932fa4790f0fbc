import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { RequestBody, RequestableBody } from '../../../api/contract/schemas/requests.ts';
import { useEndRequest } from '../../data/access.ts';
import { useMe } from '../../data/me.ts';
import { useRequests } from '../../data/requests.ts';
import { Answer } from '../../parts/answer.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Words } from '../../parts/facts.tsx';
import { Panel } from '../../parts/page.tsx';
import { Shown } from '../../parts/shown.tsx';
import { span } from '../../parts/span.ts';
import { State } from '../../parts/status.tsx';
import { Left, Time } from '../../parts/time.tsx';
import { Ask } from './ask.tsx';
import styles from './access.module.css';

const shownMax = 10;

/** Rules that sleep and that I may ask for; what I have asked for, and what is left of it. */
export function Requests() {
  const me = useMe().data;
  return (
    <Panel title="Requests and grants">
      <Answer of={useRequests()}>
        {({ requests, requestable }) => {
          const mine = requests.filter(
            ({ identity }) => identity.subject === me?.subject && identity.issuer === me.issuer,
          );
          return (
            <div className={styles['stack']}>
              <Requestable rules={requestable} />
              {mine.length > 0 && (
                <ul className={styles['lines']} aria-label="my requests">
                  {mine.slice(0, shownMax).map((request) => (
                    <li key={request.id}>
                      <Mine request={request} />
                    </li>
                  ))}
                </ul>
              )}
            </div>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Requestable({ rules }: { readonly rules: readonly RequestableBody[] }) {
  const [asking, ask] = useState<string>();
  if (rules.length === 0) {
    return (
      <p className={styles['quiet']}>
        No rule that sleeps is yours to wake. A rule with <code>on_request</code> in sallyport.yaml would
        stand here.
      </p>
    );
  }
  return (
    <ul className={styles['lines']} aria-label="rules to ask for">
      {rules.map((one) => {
        const key = `${one.target} ${one.rule}`;
        return (
          <li key={key} className={styles['rule']}>
            <div className={styles['row']}>
              <span>
                <strong>
                  <Shown>{one.rule}</Shown>
                </strong>{' '}
                <span className={styles['quiet']}>
                  on <Shown>{one.target}</Shown>, for {span(one.forMs)} at most
                  {one.self && ', at once and loudly'}
                </span>
              </span>
              {asking !== key && (
                <Button size="compact-md" variant="default" onClick={() => ask(key)}>
                  {one.self ? 'Wake it' : 'Ask for it'}
                </Button>
              )}
            </div>
            <Words>{one.lets}</Words>
            {asking === key && <Ask rule={one} done={() => ask(undefined)} />}
          </li>
        );
      })}
    </ul>
  );
}

function Mine({ request }: { readonly request: RequestBody }) {
  const end = useEndRequest();
  const { id, rule, target, state, because, until, createdAt } = request;
  const canEnd = state === 'pending' || state === 'granted';
  return (
    <div className={styles['rule']}>
      <div className={styles['row']}>
        <span>
          <Link to="/approvals/$id" params={{ id }} className={styles['link'] ?? ''}>
            <Shown>{rule}</Shown>
          </Link>{' '}
          <span className={styles['quiet']}>
            on <Shown>{target}</Shown>, <Time at={createdAt} />
          </span>
        </span>
        <span className={styles['row']}>
          {state === 'granted' && until !== null && (
            <span>
              <Left until={until} /> left
            </span>
          )}
          <State of={state} />
          {canEnd && (
            <Button
              size="compact-sm"
              variant="default"
              loading={end.isPending}
              onClick={() => end.mutate(id)}
            >
              {state === 'pending' ? 'Take back' : 'End it'}
            </Button>
          )}
        </span>
      </div>
      <span className={styles['quiet']}>
        <Shown>{because}</Shown>
      </span>
      {end.error !== null && <Failed error={end.error} />}
    </div>
  );
}
