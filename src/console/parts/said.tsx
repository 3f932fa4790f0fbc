import type { IdentityBody } from '../../api/contract/schemas.ts';
import { Fact } from './facts.tsx';
import { Shown } from './shown.tsx';

/** What it says it is here for. Nobody has verified it, and the words say so. */
export function Said({ by: { purpose, task } }: { readonly by: IdentityBody }) {
  return (
    <>
      {purpose !== undefined && (
        <Fact name="It says it is for">
          <Shown>{purpose}</Shown>
        </Fact>
      )}
      {task !== undefined && (
        <Fact name="It says its task is">
          <Shown>{task}</Shown>
        </Fact>
      )}
    </>
  );
}
