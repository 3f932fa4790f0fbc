import { Icon } from './icon.tsx';
import { Shown } from './shown.tsx';
import styles from './warnings.module.css';

/** What one should know before believing one's eyes. Nothing where there is none. */
export function Warnings({ children }: { readonly children: readonly string[] }) {
  if (children.length === 0) return null;
  return (
    <ul className={styles['warnings']} aria-label="warnings">
      {children.map((warning) => (
        <li key={warning}>
          <Icon name="warning" size={16} />
          <span>
            <Shown>{warning}</Shown>
          </span>
        </li>
      ))}
    </ul>
  );
}
