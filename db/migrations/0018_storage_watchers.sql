CREATE TABLE "storage_watchers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"process" text NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"move_id" uuid,
	"move_state" text,
	"failure" text
);
--> statement-breakpoint
ALTER TABLE "storage_watchers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "system_only" ON "storage_watchers" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
ALTER TABLE storage_watchers FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY owner_doors ON storage_watchers FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON storage_watchers TO bitewing_app;
