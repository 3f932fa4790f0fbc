import { Anchor, Button, Select, Tabs, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { TargetBody } from '../../../api/contract/schemas.ts';
import { useEndTicket, useIssueTicket } from '../../data/access.ts';
import { Copied } from '../../parts/copied.tsx';
import { Failed } from '../../parts/failed.tsx';
import { Left } from '../../parts/time.tsx';
import { waysTo } from './ways.ts';
import styles from './access.module.css';

const placeholder = 'TICKET';
const caFile = 'sallyport-ca.pem';

/** Ways into one target, ready to be copied; with a ticket in them once somebody asks for one. */
export function Connect({
  target,
  ownAuthority,
}: {
  readonly target: TargetBody;
  readonly ownAuthority: boolean;
}) {
  const issue = useIssueTicket();
  const ticket = issue.data?.ticket ?? placeholder;
  const ways = waysTo({ target, ticket, caFile: ownAuthority ? caFile : undefined });
  const [first] = ways;
  if (first === undefined) {
    return <p className={styles['quiet']}>No port is open for this target: see listen in sallyport.yaml.</p>;
  }
  return (
    <div className={styles['connect']}>
      <TicketBar target={target.name} issue={issue} />
      {ownAuthority && (
        <p className={styles['quiet']}>
          Clients trust this gateway by its own authority:{' '}
          <Anchor href="/ca.pem" download={caFile} size="sm" underline="always">
            download {caFile}
          </Anchor>{' '}
          to where the program runs.
        </p>
      )}
      <Tabs defaultValue={first.name} keepMounted={false}>
        <Tabs.List>
          {ways.map(({ name }) => (
            <Tabs.Tab key={name} value={name}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {ways.map(({ name, text }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            <Copied text={text} label={name} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}

const lifetimes = [
  { value: '900000', label: '15 minutes' },
  { value: '3600000', label: '1 hour' },
  { value: '28800000', label: '8 hours' },
] as const;

interface BarParts {
  readonly target: string;
  readonly issue: ReturnType<typeof useIssueTicket>;
}

function TicketBar({ target, issue }: BarParts) {
  const end = useEndTicket();
  const [lifetimeMs, setLifetime] = useState('3600000');
  const [purpose, setPurpose] = useState('');
  const issued = issue.data;
  if (issued !== undefined) {
    return (
      <div className={styles['issued']} role="status">
        <span>
          A ticket for this target alone is in the lines below, for <Left until={issued.expiresAt} />. It is
          not shown again.
        </span>
        <Button
          size="compact-sm"
          variant="default"
          loading={end.isPending}
          onClick={() => end.mutate(issued.id, { onSuccess: () => issue.reset() })}
        >
          End it now
        </Button>
        {end.error !== null && <Failed error={end.error} />}
      </div>
    );
  }
  const ask = () => {
    const said = purpose.trim() === '' ? {} : { purpose: purpose.trim() };
    issue.mutate({ targets: [target], lifetimeMs: Number(lifetimeMs), ...said });
  };
  return (
    <>
      {issue.error !== null && <Failed error={issue.error} />}
      <div className={styles['ask']}>
        <Select
          label="A ticket for"
          data={[...lifetimes]}
          value={lifetimeMs}
          onChange={(value) => setLifetime(value ?? '3600000')}
          allowDeselect={false}
          w={130}
        />
        <TextInput
          label="Purpose"
          placeholder="what it is for; may stay empty"
          value={purpose}
          maxLength={500}
          onChange={(event) => setPurpose(event.currentTarget.value)}
          className={styles['grows']}
        />
        <Button onClick={ask} loading={issue.isPending}>
          Put a fresh ticket in
        </Button>
      </div>
    </>
  );
}
