import type { ActorBody } from '../../api/contract/schemas.ts';
import { Icon } from './icon.tsx';
import { Shown } from './shown.tsx';
import styles from './who.module.css';

interface Person {
  readonly subject: string;
  readonly issuer: string;
  readonly kind: 'agent' | 'human';
  readonly actor?: ActorBody | undefined;
}

/** Somebody, with everybody who acts for them: `anna through crew-7`. Issuers when one points at it. */
export function Who({ is }: { readonly is: Person }) {
  return (
    <span className={styles['who']}>
      {everybodyOf(is).map((one, at) => (
        <span key={at} className={styles['one']} title={`${one.kind} of ${one.issuer}`}>
          {at > 0 && <span className={styles['through']}>through </span>}
          <Icon name={one.kind === 'agent' ? 'agent' : 'person'} size={14} />
          <span className={styles['name']}>
            <span className={styles['kind']}>{one.kind} </span>
            <Shown>{one.subject}</Shown>
          </span>
        </span>
      ))}
    </span>
  );
}

function everybodyOf(person: Person): Person[] {
  return person.actor === undefined ? [person] : [person, ...everybodyOf(person.actor)];
}
