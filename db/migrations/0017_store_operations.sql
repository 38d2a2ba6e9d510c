CREATE TABLE "shredded_tenants" (
	"id" uuid PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"shredded_at" timestamp with time zone,
	"instance_count" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"last_position" bigint,
	"last_hash" "bytea"
);
--> statement-breakpoint
ALTER TABLE "shredded_tenants" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "system_keys" (
	"name" text PRIMARY KEY NOT NULL,
	"wrapped" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "system_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "storage_moves" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"from_url" text NOT NULL,
	"to_url" text NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"switched_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "storage_moves_ended" CHECK (("storage_moves"."state" IN ('done', 'cancelled')) = ("storage_moves"."ended_at" IS NOT NULL))
);
--> statement-breakpoint
ALTER TABLE "storage_moves" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "operator_runs" (
	"name" text PRIMARY KEY NOT NULL,
	"cursor" text NOT NULL,
	"found" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "operator_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "deletions" ADD COLUMN "noted_state" text;--> statement-breakpoint
CREATE UNIQUE INDEX "storage_moves_one" ON "storage_moves" USING btree ((true)) WHERE "storage_moves"."ended_at" IS NULL;--> statement-breakpoint
CREATE POLICY "system_only" ON "shredded_tenants" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "system_only" ON "system_keys" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "system_only" ON "storage_moves" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "system_only" ON "operator_runs" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['shredded_tenants', 'system_keys', 'storage_moves', 'operator_runs'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_doors ON public.%I FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- Gateway and worker read where the objects are and open the system's own keys, which the first of them to start makes.
GRANT SELECT ON storage_moves TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON system_keys TO bitewing_app;
--> statement-breakpoint
-- A practice that is being shredded is none any more.
CREATE OR REPLACE FUNCTION door_tenants() RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.slug, t.name FROM tenants t
  WHERE is_system() AND NOT EXISTS (SELECT FROM shredded_tenants s WHERE s.id = t.id) ORDER BY t.name
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_unanchored_chains() RETURNS TABLE (chain_id uuid, last_position bigint, last_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.chain_id, c.last_position, c.last_hash FROM audit_chains c
  WHERE is_system() AND c.last_position > c.anchored_position
    AND NOT EXISTS (SELECT FROM shredded_tenants s WHERE s.id = c.chain_id)
$$;
--> statement-breakpoint
-- Only inside asSystem: which deletions the practice's manifest in the object store does not tell of as they stand.
CREATE INDEX deletions_unnoted ON deletions (tenant_id) WHERE noted_state IS DISTINCT FROM
  CASE WHEN purged_at IS NOT NULL THEN 'purged' WHEN restored_at IS NOT NULL THEN 'restored'
    WHEN purge_begun_at IS NOT NULL THEN 'purging' ELSE 'deleted' END;
--> statement-breakpoint
CREATE FUNCTION door_unnoted_deletions(most integer) RETURNS TABLE (tenant_id uuid, deletion_id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.tenant_id, d.id,
    CASE WHEN d.purged_at IS NOT NULL THEN 'purged' WHEN d.restored_at IS NOT NULL THEN 'restored'
      WHEN d.purge_begun_at IS NOT NULL THEN 'purging' ELSE 'deleted' END
  FROM deletions d
  WHERE is_system() AND d.noted_state IS DISTINCT FROM
    CASE WHEN d.purged_at IS NOT NULL THEN 'purged' WHEN d.restored_at IS NOT NULL THEN 'restored'
      WHEN d.purge_begun_at IS NOT NULL THEN 'purging' ELSE 'deleted' END
    AND NOT EXISTS (SELECT FROM shredded_tenants s WHERE s.id = d.tenant_id)
  LIMIT most
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION door_unnoted_deletions(integer) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_unnoted_deletions(integer) TO bitewing_app;
