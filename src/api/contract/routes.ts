import { z } from 'zod';
import { none } from './route.ts';
import type { Right, Route } from './route.ts';
import * as schemas from './schemas.ts';

export const apiBase = '/api/v1';

const plain = { params: none, query: none, body: none } as const;
const readSessions: Right = { kind: 'read', action: 'sessions', resource: 'sessions' };
const readApprovals: Right = { kind: 'read', action: 'approvals', resource: 'approvals' };

/** The whole API: server, client and OpenAPI document all come from here. */
export const routes = {
  me: {
    ...plain,
    method: 'GET',
    path: '/me',
    summary: 'Who I am to the gateway, and what I may do with it.',
    needs: 'anybody',
    response: schemas.me,
  },
  listTargets: {
    ...plain,
    method: 'GET',
    path: '/targets',
    summary: 'The targets that are open to me.',
    needs: 'anybody',
    response: z.object({ targets: z.array(schemas.target).readonly() }),
  },
  listSessions: {
    ...plain,
    method: 'GET',
    path: '/sessions',
    summary: 'Sessions, newest first: my own, or with the right to read them everybody’s.',
    needs: 'anybody',
    right: readSessions,
    query: schemas.sessionQuery,
    response: z.object({ sessions: z.array(schemas.session).readonly() }),
  },
  getSession: {
    ...plain,
    method: 'GET',
    path: '/sessions/:id',
    summary: 'One session.',
    needs: 'anybody',
    right: readSessions,
    params: schemas.idParameter,
    response: schemas.session,
  },
  sessionEvents: {
    ...plain,
    method: 'GET',
    path: '/sessions/:id/events',
    summary: 'The recording of a session, one event a line.',
    needs: 'anybody',
    right: { kind: 'read', action: 'recording', resource: 'sessions' },
    params: schemas.idParameter,
    query: schemas.eventQuery,
    response: schemas.event,
    stream: true,
  },
  killSession: {
    ...plain,
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'Ends a live session at once.',
    needs: 'right',
    right: { kind: 'write', action: 'kill', resource: 'sessions' },
    params: schemas.idParameter,
    response: z.object({ ended: z.int() }),
  },
  listApprovals: {
    ...plain,
    method: 'GET',
    path: '/approvals',
    summary: 'Holds, newest first: those I asked for or may decide on, or with the right to read them all.',
    needs: 'anybody',
    right: readApprovals,
    query: schemas.approvalQuery,
    response: z.object({ approvals: z.array(schemas.approval).readonly() }),
  },
  getApproval: {
    ...plain,
    method: 'GET',
    path: '/approvals/:id',
    summary: 'One hold, in full.',
    needs: 'anybody',
    right: readApprovals,
    params: schemas.idParameter,
    response: schemas.approval,
  },
  decideApproval: {
    ...plain,
    method: 'POST',
    path: '/approvals/:id',
    summary: 'Approves or denies a held command. Only people whom its rules name, and never one’s own.',
    needs: 'anybody',
    right: readApprovals,
    params: schemas.idParameter,
    body: schemas.decision,
    response: z.object({ state: schemas.approvalState }),
  },
  listRevocations: {
    ...plain,
    method: 'GET',
    path: '/revocations',
    summary: 'Identities that are shut out.',
    needs: 'right',
    right: { kind: 'read', action: 'revocations', resource: 'revocations' },
    response: z.object({ revocations: z.array(schemas.revocation).readonly() }),
  },
  revoke: {
    ...plain,
    method: 'POST',
    path: '/revocations',
    summary: 'Shuts an identity out and ends its live sessions.',
    needs: 'right',
    right: { kind: 'write', action: 'revoke', resource: 'revocations' },
    body: schemas.revoke,
    response: z.object({ ended: z.int() }),
  },
  restore: {
    ...plain,
    method: 'DELETE',
    path: '/revocations/:subject',
    summary: 'Lets a revoked identity in again; `issuer` as it was given when it was revoked.',
    needs: 'right',
    right: { kind: 'write', action: 'restore', resource: 'revocations' },
    params: schemas.subjectParameter,
    query: schemas.restoreQuery,
    response: z.object({ restored: z.literal(true) }),
  },
  explain: {
    ...plain,
    method: 'POST',
    path: '/explain',
    summary: 'What the rules say of a command, for me, or with the right for somebody else. Runs nothing.',
    needs: 'anybody',
    right: { kind: 'read', action: 'explain', resource: 'policy' },
    body: schemas.explain,
    response: schemas.explained,
  },
  checkpoint: {
    ...plain,
    method: 'GET',
    path: '/audit/checkpoint',
    summary: 'The newest signed end of the journal.',
    needs: 'right',
    right: { kind: 'read', action: 'checkpoint', resource: 'journal' },
    response: schemas.checkpoint,
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
