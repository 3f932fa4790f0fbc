import { SallyportError } from '../../core/errors.ts';
import { eventIdentity } from '../../core/session.ts';
import { toolState, type ToolRecord } from '../../core/tools.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import type { ToolBody } from '../contract/schemas/tools.ts';
import { onRecord } from '../on-record.ts';
import type { ApiParts } from '../parts.ts';
import { iso } from '../wire.ts';

export const listTools = answering(routes.listTools, async (parts, { params: { target } }) => {
  mustHaveTools(parts, target);
  return { tools: (await parts.tools.list(target)).map(toolBody) };
});

export const acceptTool = answering(
  routes.acceptTool,
  async (parts, { caller, params: { target }, body: { name, digest } }) => {
    mustHaveTools(parts, target);
    const known = await parts.tools.get(target, name);
    // What was looked at is what counts: it may have changed since.
    if (known?.digest !== digest) throw otherNow();
    const by = eventIdentity(caller);
    await onRecord(parts.journal, { type: 'tool.accepted', target, tool: name, digest, by });
    if (!(await parts.tools.accept({ target, name, digest, by, nowMs: parts.clock.now() }))) throw otherNow();
    return { accepted: true as const };
  },
);

function mustHaveTools({ targets }: ApiParts, name: string): void {
  if (targets().get(name)?.protocol === 'mcp') return;
  throw new SallyportError('not_found', `Sallyport: there is no MCP target "${name}"`);
}

function otherNow(): SallyportError {
  return new SallyportError('conflict', 'Sallyport: this is not how the tool was last seen', {
    hint: 'Look at it again: GET /api/v1/targets/TARGET/tools.',
  });
}

function toolBody(record: ToolRecord): ToolBody {
  const { name, digest, definition, seenAtMs, accepted } = record;
  return {
    name,
    state: toolState(record),
    digest,
    definition,
    seenAt: iso(seenAtMs),
    accepted: accepted && {
      digest: accepted.digest,
      definition: accepted.definition,
      at: iso(accepted.atMs),
      by: accepted.by,
    },
  };
}
