import { randomBytes } from 'node:crypto';
import type { OnceRecords } from '../core/once.ts';
import type { ActivityRecords } from '../core/activity.ts';
import type { BudgetRecords } from '../core/budget.ts';
import type { Kysely } from 'kysely';
import type { CursorRecords } from '../core/cursor.ts';
import type { LoginCodeRecords, LoginRecords } from '../core/login.ts';
import type { NoticeRecords } from '../core/notice.ts';
import type {
  HoldRecords,
  InstanceRecords,
  LeaseRecords,
  RevocationRecords,
  SessionRecords,
} from '../core/records.ts';
import type { SeenRecords } from '../core/seen.ts';
import type { SentRecords } from '../core/sent.ts';
import type { TicketRecords } from '../core/tickets.ts';
import type { ToolRecords } from '../core/tools.ts';
import type { RequestRecords } from '../core/requests.ts';
import { activityRecords } from './repositories/activity.ts';
import { cursorRecords } from './repositories/cursors.ts';
import { budgetRecords } from './repositories/budgets.ts';
import { holdRecords } from './repositories/holds.ts';
import { instanceRecords } from './repositories/instances.ts';
import { leaseRecords } from './repositories/leases.ts';
import { loginCodeRecords } from './repositories/login-codes.ts';
import { onceRecords } from './repositories/once.ts';
import { loginRecords } from './repositories/logins.ts';
import { requestRecords } from './repositories/requests.ts';
import { noticeRecords } from './repositories/notices.ts';
import { revocationRecords } from './repositories/revocations.ts';
import { sentRecords } from './repositories/sent.ts';
import { sessionRecords } from './repositories/sessions.ts';
import { seenRecords } from './repositories/seen.ts';
import { ticketRecords } from './repositories/tickets.ts';
import { toolRecords } from './repositories/tools.ts';
import type { Database } from './schema.ts';

export interface Store {
  /** 12 hex digits, made once: accounts at upstreams carry it, so that their maker can be told. */
  readonly installation: string;
  readonly sessions: SessionRecords;
  readonly holds: HoldRecords;
  readonly leases: LeaseRecords;
  readonly revocations: RevocationRecords;
  readonly requests: RequestRecords;
  readonly budgets: BudgetRecords;
  readonly instances: InstanceRecords;
  readonly tickets: TicketRecords;
  readonly seen: SeenRecords;
  readonly logins: LoginRecords;
  readonly loginCodes: LoginCodeRecords;
  readonly assertions: OnceRecords;
  /** Of requests to AWS. */
  readonly signatures: OnceRecords;
  readonly notices: NoticeRecords;
  readonly cursors: CursorRecords;
  readonly sent: SentRecords;
  readonly tools: ToolRecords;
  readonly activity: ActivityRecords;
  close(): Promise<void>;
}

/** The store over any database that has the tables of the schema. */
export async function storeOver(db: Kysely<Database>): Promise<Store> {
  return {
    installation: await installation(db),
    sessions: sessionRecords(db),
    holds: holdRecords(db),
    leases: leaseRecords(db),
    revocations: revocationRecords(db),
    requests: requestRecords(db),
    budgets: budgetRecords(db),
    instances: instanceRecords(db),
    tickets: ticketRecords(db),
    seen: seenRecords(db),
    logins: loginRecords(db),
    loginCodes: loginCodeRecords(db),
    assertions: onceRecords(db, 'used_assertions'),
    signatures: onceRecords(db, 'used_signatures'),
    notices: noticeRecords(db),
    cursors: cursorRecords(db),
    sent: sentRecords(db),
    tools: toolRecords(db),
    activity: activityRecords(db),
    close: () => db.destroy(),
  };
}

async function installation(db: Kysely<Database>): Promise<string> {
  return db.transaction().execute(async (tx) => {
    const known = await tx.selectFrom('installation').select('id').executeTakeFirst();
    if (known !== undefined) return known.id;
    const id = randomBytes(6).toString('hex');
    await tx.insertInto('installation').values({ id }).execute();
    return id;
  });
}
