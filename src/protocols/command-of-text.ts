import type { Command } from '../core/command.ts';
import type { ToolRecords } from '../core/tools.ts';
import type { UpstreamTarget } from '../core/target.ts';
import { commandOfText as awsCommand } from './aws/command.ts';
import { commandOfText as httpCommand } from './http/command.ts';
import { readOnlyTools } from './mcp/catalog.ts';
import { callOfText } from './mcp/command.ts';
import type { Analyst } from './postgres/analyst.ts';
import { commandWithoutCatalog } from './postgres/interpret.ts';

/**
 * A command as rules and records name it, for explaining what would become of it. `analyst`: asked for where there is SQL.
 * `tools`: what MCP servers were seen to have; absent: all of them count as tools that write.
 * @throws SallyportError `syntax`
 */
export async function commandOfText(
  { protocol, name }: UpstreamTarget,
  text: string,
  analyst: () => Analyst,
  tools?: Pick<ToolRecords, 'list'>,
): Promise<Command> {
  switch (protocol) {
    case 'http':
      return httpCommand(text);
    case 'aws':
      return awsCommand(text);
    case 'mcp':
      return callOfText(text, readOnlyTools((await tools?.list(name)) ?? []));
    case 'postgres':
      return commandWithoutCatalog(await analyst().analyse(text));
  }
}
