import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database } from './schema.ts';

/** Brings the tables up to date. A step that was released never changes: add another. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => steps } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

type Tables = Parameters<Migration['up']>[0];

const steps: Record<string, Migration> = {
  '0001-first': {
    async up(db) {
      await sessions(db);
      await holds(db);
      await decisions(db);
      await leases(db);
      await revocations(db);
      await db.schema
        .createTable('instances')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('beat_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('installation')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .execute();
    },
  },
  '0002-sign-in': {
    async up(db) {
      await logins(db);
      await loginCodes(db);
      await db.schema
        .createTable('used_assertions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0003-tickets': {
    async up(db) {
      await tickets(db);
      await db.schema.alterTable('sessions').addColumn('ticket', 'text').execute();
    },
  },
  '0004-requests': {
    async up(db) {
      await requests(db);
      await requestDecisions(db);
    },
  },
  '0004-outside': {
    async up(db) {
      await notices(db);
      await db.schema
        .createTable('cursors')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('seq', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0005-budgets': {
    async up(db) {
      await db.schema
        .createTable('budget_uses')
        .addColumn('budget', 'text', (column) => column.notNull())
        .addColumn('identity', 'text', (column) => column.notNull())
        .addColumn('period', 'text', (column) => column.notNull())
        .addColumn('rows', 'bigint', (column) => column.notNull())
        .addColumn('commands', 'bigint', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('budget_uses_key', ['budget', 'identity', 'period'])
        .execute();
    },
  },
  '0006-agents': {
    async up(db) {
      await seen(db);
      await db.schema.alterTable('revocations').addColumn('because', 'text').execute();
    },
  },
  '0007-standing-approvals': {
    async up(db) {
      await db.schema
        .alterTable('holds')
        .addColumn('standing', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema.alterTable('holds').addColumn('estimate', 'text').execute();
      await db.schema.alterTable('decisions').addColumn('until', 'bigint').execute();
    },
  },
  '0008-login-of-code': {
    async up(db) {
      await db.schema.alterTable('login_codes').addColumn('login', 'text').execute();
    },
  },
  '0009-sent': {
    async up(db) {
      await db.schema
        .createTable('sent')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('request', 'text')
        .addColumn('sent_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('answer', 'text')
        .execute();
      await db.schema.createIndex('sent_expiry').on('sent').columns(['expires_at']).execute();
    },
  },
  '0010-previews': {
    async up(db) {
      await db.schema.alterTable('holds').addColumn('preview', 'text').execute();
    },
  },
  '0010-tools': {
    async up(db) {
      await db.schema
        .createTable('tools')
        .addColumn('target', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('digest', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addColumn('seen_at', 'bigint', (column) => column.notNull())
        .addColumn('accepted_digest', 'text')
        .addColumn('accepted_definition', 'text')
        .addColumn('accepted_at', 'bigint')
        .addColumn('accepted_by', 'text')
        .addPrimaryKeyConstraint('tools_key', ['target', 'name'])
        .execute();
    },
  },
  '0011-actors': {
    async up(db) {
      await db.schema
        .createTable('session_actors')
        .addColumn('session', 'text', (column) => column.notNull().references('sessions.id'))
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('issuer', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('session_actors_key', ['session', 'issuer', 'subject'])
        .execute();
    },
  },
  '0012-activity': {
    async up(db) {
      await db.schema
        .createTable('activity')
        .addColumn('at', 'bigint', (column) => column.primaryKey())
        .addColumn('sessions', 'bigint', (column) => column.notNull())
        .addColumn('commands', 'bigint', (column) => column.notNull())
        .addColumn('holds', 'bigint', (column) => column.notNull())
        .addColumn('refusals', 'bigint', (column) => column.notNull())
        .addColumn('masked', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0013-signatures': {
    async up(db) {
      await db.schema
        .createTable('used_signatures')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('used_signatures_expiry')
        .on('used_signatures')
        .columns(['expires_at'])
        .execute();
    },
  },
};

async function sessions(db: Tables): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('protocol', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('application', 'text')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('opened_at', 'bigint', (column) => column.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('reason', 'text')
    .addColumn('commands', 'bigint', (column) => column.notNull())
    .addColumn('rows', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sessions_opened').on('sessions').columns(['opened_at', 'id']).execute();
  await db.schema.createIndex('sessions_closed').on('sessions').columns(['closed_at']).execute();
}

async function holds(db: Tables): Promise<void> {
  await db.schema
    .createTable('holds')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('effects', 'text', (column) => column.notNull())
    .addColumn('unbounded', 'integer', (column) => column.notNull())
    .addColumn('uses', 'text', (column) => column.notNull())
    .addColumn('rules', 'text', (column) => column.notNull())
    .addColumn('approvers', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('waiting', 'integer', (column) => column.notNull())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('wait_until', 'bigint', (column) => column.notNull())
    .addColumn('pending_until', 'bigint', (column) => column.notNull())
    .addColumn('valid_ms', 'bigint', (column) => column.notNull())
    .addColumn('valid_until', 'bigint')
    .execute();
  await db.schema.createIndex('holds_digest').on('holds').columns(['digest', 'state']).execute();
  await db.schema.createIndex('holds_created').on('holds').columns(['created_at', 'id']).execute();
  await db.schema.createIndex('holds_state').on('holds').columns(['state', 'created_at', 'id']).execute();
}

async function decisions(db: Tables): Promise<void> {
  await db.schema
    .createTable('decisions')
    .addColumn('hold', 'text', (column) => column.notNull().references('holds.id'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('because', 'text')
    .addColumn('decided_at', 'bigint', (column) => column.notNull())
    .addColumn('counts', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('decisions_key', ['hold', 'position'])
    .execute();
}

async function notices(db: Tables): Promise<void> {
  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('notice', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('next_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('notices_next').on('notices').columns(['channel', 'next_at']).execute();
}

async function leases(db: Tables): Promise<void> {
  await db.schema
    .createTable('leases')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text', (column) => column.notNull().unique())
    .addColumn('instance', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .execute();
}

async function revocations(db: Tables): Promise<void> {
  await db.schema
    .createTable('revocations')
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('revocations_key', ['subject', 'issuer'])
    .execute();
}

async function logins(db: Tables): Promise<void> {
  await db.schema
    .createTable('logins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('csrf', 'text', (column) => column.notNull())
    .addColumn('via', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('logins_subject').on('logins').columns(['subject', 'issuer']).execute();
}

async function loginCodes(db: Tables): Promise<void> {
  await db.schema
    .createTable('login_codes')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('user_code', 'text', (column) => column.unique())
    .addColumn('challenge', 'text')
    .addColumn('redirect_uri', 'text')
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('identity', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('polled_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function tickets(db: Tables): Promise<void> {
  await db.schema
    .createTable('tickets')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('origins', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema.createIndex('tickets_expiry').on('tickets').columns(['expires_at']).execute();
  await db.schema.createIndex('tickets_subject').on('tickets').columns(['subject', 'issuer']).execute();
  await db.schema
    .createTable('ticket_origins')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('ticket_origins_key', ['origin', 'id'])
    .execute();
}

async function requests(db: Tables): Promise<void> {
  await db.schema
    .createTable('requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('identity', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('terms', 'text', (column) => column.notNull())
    .addColumn('lets', 'text', (column) => column.notNull())
    .addColumn('because', 'text', (column) => column.notNull())
    .addColumn('for_ms', 'bigint', (column) => column.notNull())
    .addColumn('approvers', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('pending_until', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('until', 'bigint')
    .addColumn('ended_by', 'text')
    .execute();
  await db.schema.createIndex('requests_created').on('requests').columns(['created_at', 'id']).execute();
  await db.schema.createIndex('requests_state').on('requests').columns(['state', 'key']).execute();
}

async function requestDecisions(db: Tables): Promise<void> {
  await db.schema
    .createTable('request_decisions')
    .addColumn('request', 'text', (column) => column.notNull().references('requests.id'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('decision', 'text', (column) => column.notNull())
    .addColumn('because', 'text')
    .addColumn('decided_at', 'bigint', (column) => column.notNull())
    .addColumn('counts', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('request_decisions_key', ['request', 'position'])
    .execute();
}

async function seen(db: Tables): Promise<void> {
  await db.schema
    .createTable('seen')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('groups', 'text', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('sessions', 'bigint', (column) => column.notNull())
    .addColumn('commands', 'bigint', (column) => column.notNull())
    .addColumn('refusals', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('seen_key', ['issuer', 'subject'])
    .execute();
  await db.schema.createIndex('seen_last').on('seen').columns(['last_at']).execute();
  await db.schema
    .createTable('seen_uses')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('commands', 'bigint', (column) => column.notNull())
    .addColumn('refusals', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('seen_uses_key', ['issuer', 'subject', 'what', 'name'])
    .execute();
}
