import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { SallyportError } from '../../core/errors.ts';
import type { ApiParts } from '../parts.ts';
import { refusalOf } from '../refuse.ts';
import type { Answer } from './answer.ts';
import type { Act, Asker } from './asker.ts';
import { refusalIn, refused } from './refusal.ts';
import { describeArguments, describeTarget } from './tools/describe-target.ts';
import { explain, explainArguments } from './tools/explain.ts';
import { mySessions, sessionsArguments } from './tools/my-sessions.ts';
import { requestAccess, requestArguments } from './tools/request-access.ts';
import { waitArguments, waitForApproval } from './tools/wait-for-approval.ts';
import { listTargets } from './tools/list-targets.ts';
import { run, runArguments } from './tools/run.ts';

const instructions = `Sallyport stands between you and production. What you run is checked by rules, may be held until a person approves, is recorded, and comes back with sensitive values masked. Begin with list_targets. A refusal says why, what is allowed instead and what to call next.`;

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: z.ZodObject;
  readonly readOnly: boolean;
  readonly act: Act<unknown>;
}

/** In the order of their use. */
const tools: readonly Tool[] = [
  {
    name: 'list_targets',
    description: 'Lists the databases and services that you may reach, and what you may do there.',
    readOnly: true,
    ...taking(z.strictObject({}), listTargets),
  },
  {
    name: 'describe_target',
    description:
      'Says what is on a target for you: tables and columns that you may read, which of them come back masked, what needs an approval or a request.',
    readOnly: true,
    ...taking(describeArguments, describeTarget),
  },
  {
    name: 'run',
    description:
      'Runs one SQL statement on a postgres target, or sends one request to an http target. The answer is cut to what fits, and says so.',
    readOnly: false,
    ...taking(runArguments, run),
  },
  {
    name: 'explain',
    description: 'Says what the rules make of a command, without running it.',
    readOnly: true,
    ...taking(explainArguments, explain),
  },
  {
    name: 'request_access',
    description: 'Asks people for a rule that is there on request, as refusals and describe_target name it.',
    readOnly: false,
    ...taking(requestArguments, requestAccess),
  },
  {
    name: 'wait_for_approval',
    description:
      'Waits until people have decided on an approval or a request, for up to 50 seconds, and says what to do then.',
    readOnly: true,
    ...taking(waitArguments, waitForApproval),
  },
  {
    name: 'my_sessions',
    description: 'Lists your newest sessions on targets: each run is one.',
    readOnly: true,
    ...taking(sessionsArguments, mySessions),
  },
];

/** One request over HTTP; `message` is what it brought. */
export function answerTo(
  parts: ApiParts,
  asker: Asker,
  request: Request,
  message: unknown,
): Promise<Response> {
  // Nothing here changes in mid-air, so there is nothing to subscribe to.
  const handler = createMcpHandler(() => serverFor(parts, asker), { maxSubscriptions: 0 });
  return handler.fetch(request, message === undefined ? {} : { parsedBody: message });
}

/** Tools for one caller, for as long as one request takes. */
function serverFor(parts: ApiParts, asker: Asker): McpServer {
  const capabilities = { tools: { listChanged: false } };
  const server = new McpServer({ name: 'sallyport', version: parts.version }, { instructions, capabilities });
  for (const { name, description, inputSchema, readOnly, act } of tools) {
    const annotations = { readOnlyHint: readOnly, openWorldHint: false };
    server.registerTool(name, { description, inputSchema, annotations }, async (args) =>
      resultOf(await answered(parts, asker, () => act(parts, asker, args))),
    );
  }
  return server;
}

function taking<Form extends z.ZodObject>(
  inputSchema: Form,
  act: Act<z.output<Form>>,
): Pick<Tool, 'inputSchema' | 'act'> {
  return { inputSchema, act: (parts, asker, args) => act(parts, asker, inputSchema.parse(args)) };
}

/** What goes wrong is told, too: a model can go on from it. */
async function answered(parts: ApiParts, asker: Asker, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await asker.underWay.within(asker.caller, act);
  } catch (error) {
    if (error instanceof z.ZodError) return refused(refusalIn(misfit(error)));
    const refusal = refusalOf(error);
    if (refusal.cause !== undefined && !asker.signal.aborted) parts.onError(refusal.cause);
    return refused(refusalIn(refusal));
  }
}

function misfit({ issues }: z.ZodError): SallyportError {
  const faults = issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  return new SallyportError('protocol', `Sallyport: ${faults.join('; ')}`);
}

function resultOf({ text, data, isError }: Answer) {
  return {
    content: [{ type: 'text' as const, text }],
    structuredContent: { ...data },
    ...(isError === undefined ? {} : { isError }),
  };
}
