ALTER TABLE "drizzle_notes" ADD COLUMN "made" timestamp with time zone DEFAULT now() NOT NULL;
--> statement-breakpoint
INSERT INTO "drizzle_notes" ("note") VALUES ('one'), ('two');
