import { Link, useNavigate } from '@tanstack/react-router';
import { Icon } from '../parts/icon.tsx';
import { useWaiting } from '../data/waiting.ts';
import { useKey } from './keys.tsx';
import { places } from './places.ts';
import type { Place } from './places.ts';
import { Unseen } from '../parts/unseen.tsx';
import styles from './navigation.module.css';

/** Links to all pages; beside Approvals, how many wait. */
export function Navigation({ onChosen }: { readonly onChosen: () => void }) {
  return (
    <nav aria-label="pages" className={styles['navigation']}>
      {places.map((place) => (
        <PlaceLink key={place.to} place={place} onChosen={onChosen} />
      ))}
    </nav>
  );
}

function PlaceLink({ place, onChosen }: { readonly place: Place; readonly onChosen: () => void }) {
  const go = useNavigate();
  const waiting = useWaiting();
  useKey(`g ${place.key}`, `Go to ${place.name}`, () => void go({ to: place.to }));
  const count = place.to === '/approvals' ? waiting : 0;
  return (
    <Link
      to={place.to}
      className={styles['link'] ?? ''}
      activeOptions={{ exact: place.to === '/' }}
      activeProps={{ 'aria-current': 'page' }}
      onClick={onChosen}
    >
      <Icon name={place.icon} />
      <span>{place.name}</span>
      {count > 0 && (
        <span className={styles['count']}>
          {count}
          <Unseen> waiting</Unseen>
        </span>
      )}
    </Link>
  );
}
