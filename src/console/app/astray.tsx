import { Link } from '@tanstack/react-router';
import { Empty } from '../parts/empty.tsx';

/** An address that leads nowhere. */
export function Astray() {
  return (
    <Empty icon="search" title="There is nothing at this address">
      <Link to="/">Go to what happens now</Link>
    </Empty>
  );
}
