import { Button, Modal, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import type { AgentBody } from '../../../api/contract/schemas/agents.ts';
import { useLetIn, useShutOut } from '../../data/agents.ts';
import { useMay, useMe } from '../../data/me.ts';
import { Failed } from '../../parts/failed.tsx';
import { plural } from '../../parts/plural.ts';
import { Shown } from '../../parts/shown.tsx';
import { Time } from '../../parts/time.tsx';
import { Who } from '../../parts/who.tsx';
import styles from './agents.module.css';

/** Of a reason; the gateway refuses longer ones. */
const reasonCharsMax = 2_000;

/** Whether it may come in, and changing that. */
export function Access({ agent }: { readonly agent: AgentBody }) {
  const mayRevoke = useMay('write.revoke');
  const mayRestore = useMay('write.restore');
  const { disabled } = agent;
  if (disabled !== null) {
    return (
      <div className={styles['access']}>
        <p>
          Shut out <Time at={disabled.at} /> by <Who is={disabled.by} />
          {disabled.because !== null && disabled.because !== '' && (
            <>
              : <Shown>{disabled.because}</Shown>
            </>
          )}
        </p>
        {mayRestore && <LetIn subject={agent.subject} issuer={disabled.issuer} />}
      </div>
    );
  }
  return mayRevoke ? (
    <div className={styles['access']}>
      <ShutOut agent={agent} />
    </div>
  ) : null;
}

function LetIn({ subject, issuer }: { readonly subject: string; readonly issuer: string | null }) {
  const letIn = useLetIn(subject, issuer);
  return (
    <>
      {letIn.error !== null && <Failed error={letIn.error} />}
      <div>
        <Button variant="default" loading={letIn.isPending} onClick={() => letIn.mutate()}>
          Let it in again
        </Button>
      </div>
    </>
  );
}

function ShutOut({ agent }: { readonly agent: AgentBody }) {
  const [isAsked, { open, close }] = useDisclosure(false);
  const isMyself = useMe().data?.subject === agent.subject;
  return (
    <div>
      <Button variant="default" className={styles['grave'] ?? ''} onClick={open}>
        Shut it out
      </Button>
      <Modal opened={isAsked} onClose={close} title="Shut it out?">
        <Confirm agent={agent} isMyself={isMyself} close={close} />
      </Modal>
    </div>
  );
}

function Confirm(it: { readonly agent: AgentBody; readonly isMyself: boolean; readonly close: () => void }) {
  const { agent, close } = it;
  const [because, setBecause] = useState('');
  const shutOut = useShutOut(agent);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    shutOut.mutate(because.trim() === '' ? undefined : because.trim(), { onSuccess: close });
  };
  return (
    <form className={styles['asked']} onSubmit={submit}>
      <p>
        <Shown>{agent.subject}</Shown> of <Shown>{agent.issuer}</Shown> gets in nowhere any more. What it has
        open now ({plural(agent.liveSessions, 'live session')}) ends within a second, its tickets and logins
        end for good. Nobody else is touched.
      </p>
      {it.isMyself && (
        <p>
          <strong>This is you: you could not undo it yourself.</strong>
        </p>
      )}
      <Textarea
        label="Because"
        description="for the record; may stay empty"
        value={because}
        maxLength={reasonCharsMax}
        autosize
        minRows={1}
        data-autofocus
        onChange={(event) => setBecause(event.currentTarget.value)}
      />
      {shutOut.error !== null && <Failed error={shutOut.error} />}
      <div className={styles['buttons']}>
        <Button type="submit" color="red.9" loading={shutOut.isPending}>
          Shut it out
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
