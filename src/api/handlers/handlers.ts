import type { Bound } from '../bound.ts';
import type { RouteName } from '../contract/routes.ts';
import { activity } from './activity.ts';
import { decideApproval, getApproval, listApprovals } from './approvals.ts';
import { checkpoint, explain } from './explain.ts';
import { endLogin, endLogins, listLogins } from './logins.ts';
import { listTargets, me } from './me.ts';
import { matrix, policy, simulate } from './policy.ts';
import { decideRequest, endRequest, getRequest, listRequests, openRequest } from './requests.ts';
import { reindex, searchEvents, streamEvents } from './record.ts';
import { listRevocations, restore, revoke } from './revocations.ts';
import { getSession, killSession, listSessions, sessionEvents } from './sessions.ts';
import { listAgents } from './agents.ts';
import { acceptTool, listTools } from './tools.ts';
import { verification, verify } from './verification.ts';
import { endTicket, issueTicket, listTickets } from './tickets.ts';

/** What does each route; one that is missing does not compile. */
export const handlers: Readonly<Record<RouteName, Bound>> = {
  me,
  listTargets,
  listTools,
  acceptTool,
  activity,
  listSessions,
  getSession,
  sessionEvents,
  killSession,
  listApprovals,
  getApproval,
  decideApproval,
  listRequests,
  openRequest,
  getRequest,
  decideRequest,
  endRequest,
  listAgents,
  listTickets,
  issueTicket,
  endTicket,
  listLogins,
  endLogin,
  endLogins,
  listRevocations,
  revoke,
  restore,
  explain,
  policy,
  matrix,
  simulate,
  checkpoint,
  verification,
  verify,
  searchEvents,
  streamEvents,
  reindex,
};
