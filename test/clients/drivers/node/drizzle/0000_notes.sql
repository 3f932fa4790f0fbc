CREATE TABLE "drizzle_notes" ("id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, "note" text NOT NULL);
--> statement-breakpoint
CREATE UNIQUE INDEX "drizzle_notes_note" ON "drizzle_notes" USING btree ("note");
