import { z } from 'zod';
import type { AgentBody } from '../../../api/contract/schemas/agents.ts';
import { oneOf, textInAddress } from '../../parts/in-address.ts';

export const kindNames = { agent: 'Agents', human: 'People', all: 'All' } as const;

/** Which of them are listed, and whom one looks at. */
const search = z.object({ kind: oneOf(kindNames), who: textInAddress, issuer: textInAddress });
export type AgentSearch = z.output<typeof search>;

export function agentSearch(given: Readonly<Record<string, unknown>>): AgentSearch {
  return search.parse(given);
}

export function keyOf({ subject, issuer }: Pick<AgentBody, 'subject' | 'issuer'>): string {
  return JSON.stringify([issuer, subject]);
}
