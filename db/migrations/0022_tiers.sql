CREATE TABLE "tier_policies" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"enabled" boolean DEFAULT false NOT NULL,
	"hot_months" integer DEFAULT 6 NOT NULL,
	"warm_months" integer DEFAULT 24 NOT NULL,
	"cold" boolean DEFAULT true NOT NULL,
	"evict" boolean DEFAULT true NOT NULL,
	"keep_cases" boolean DEFAULT true NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tier_policies_months" CHECK (0 <= "tier_policies"."hot_months" AND "tier_policies"."hot_months" <= "tier_policies"."warm_months" AND "tier_policies"."warm_months" <= 1200)
);
--> statement-breakpoint
ALTER TABLE "tier_policies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "recalls" (
	"instance_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ready_by" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "recalls" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "storage_terms" (
	"name" text PRIMARY KEY NOT NULL,
	"warm" boolean NOT NULL,
	"cold" text,
	"recall_hours" integer NOT NULL,
	"prices" jsonb NOT NULL,
	"read_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "storage_terms" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "storage_tier" text DEFAULT 'hot' NOT NULL;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "tier_unsettled" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "recalled_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "storage_counts" ADD COLUMN "tier" text DEFAULT 'hot' NOT NULL;--> statement-breakpoint
ALTER TABLE "tier_policies" ADD CONSTRAINT "tier_policies_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recalls" ADD CONSTRAINT "recalls_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recalls" ADD CONSTRAINT "recalls_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "recalls_tenant" ON "recalls" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "instances_tier" ON "instances" USING btree ("tenant_id","storage_tier","arrived_at");--> statement-breakpoint
CREATE INDEX "instances_tier_unsettled" ON "instances" USING btree ("tenant_id") WHERE tier_unsettled OR recalled_until IS NOT NULL;--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "tier_policies" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("tier_policies"."tenant_id" = current_tenant_id()) WITH CHECK ("tier_policies"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "recalls" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("recalls"."tenant_id" = current_tenant_id()) WITH CHECK ("recalls"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "system_only" ON "storage_terms" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "read_by_all" ON "storage_terms" AS PERMISSIVE FOR SELECT TO "bitewing_app" USING (true);--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['tier_policies', 'recalls', 'storage_terms'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_doors ON public.%I FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON tier_policies, recalls TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON storage_terms TO bitewing_app;--> statement-breakpoint
-- Counts by tier, and of what Orthanc has.
CREATE OR REPLACE FUNCTION count_instances_in() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes)
  SELECT tenant_id, what, image_kind, tier, count(*), sum(bytes) FROM (
    SELECT tenant_id, 'original' AS what, image_kind, storage_tier AS tier, file_bytes AS bytes FROM new_rows
    UNION ALL
    SELECT tenant_id, 'orthanc-copy', image_kind, 'hot', file_bytes FROM new_rows WHERE held_by_archive
    UNION ALL
    SELECT tenant_id, 'rendition', image_kind, 'hot', rendition_bytes FROM new_rows WHERE rendition_bytes > 0
  ) AS stored GROUP BY tenant_id, what, image_kind, tier;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION count_instances_out() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes)
  SELECT tenant_id, what, image_kind, tier, -count(*), -sum(bytes) FROM (
    SELECT tenant_id, 'original' AS what, image_kind, storage_tier AS tier, file_bytes AS bytes FROM old_rows
    UNION ALL
    SELECT tenant_id, 'orthanc-copy', image_kind, 'hot', file_bytes FROM old_rows WHERE held_by_archive
    UNION ALL
    SELECT tenant_id, 'rendition', image_kind, 'hot', rendition_bytes FROM old_rows WHERE rendition_bytes > 0
  ) AS stored GROUP BY tenant_id, what, image_kind, tier;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION count_instance_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes) VALUES
    (OLD.tenant_id, 'original', OLD.image_kind, OLD.storage_tier, -1, -OLD.file_bytes),
    (NEW.tenant_id, 'original', NEW.image_kind, NEW.storage_tier, 1, NEW.file_bytes),
    (OLD.tenant_id, 'orthanc-copy', OLD.image_kind, 'hot', -OLD.held_by_archive::int, -OLD.held_by_archive::int * OLD.file_bytes),
    (NEW.tenant_id, 'orthanc-copy', NEW.image_kind, 'hot', NEW.held_by_archive::int, NEW.held_by_archive::int * NEW.file_bytes),
    (OLD.tenant_id, 'rendition', OLD.image_kind, 'hot', -(OLD.rendition_bytes > 0)::int, -OLD.rendition_bytes),
    (NEW.tenant_id, 'rendition', NEW.image_kind, 'hot', (NEW.rendition_bytes > 0)::int, NEW.rendition_bytes);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION count_instance_place() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ DECLARE copies integer; BEGIN
  IF OLD.storage_tier <> NEW.storage_tier THEN
    INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes) VALUES
      (OLD.tenant_id, 'original', OLD.image_kind, OLD.storage_tier, -1, -OLD.file_bytes),
      (NEW.tenant_id, 'original', NEW.image_kind, NEW.storage_tier, 1, NEW.file_bytes);
  END IF;
  IF OLD.held_by_archive <> NEW.held_by_archive THEN
    copies := NEW.held_by_archive::int - OLD.held_by_archive::int;
    INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes) VALUES
      (NEW.tenant_id, 'orthanc-copy', NEW.image_kind, 'hot', copies, copies * NEW.file_bytes);
  END IF;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER count_place AFTER UPDATE OF storage_tier, held_by_archive ON instances FOR EACH ROW
  WHEN ((OLD.storage_tier <> NEW.storage_tier OR OLD.held_by_archive <> NEW.held_by_archive)
    AND OLD.file_bytes = NEW.file_bytes AND OLD.image_kind = NEW.image_kind)
  EXECUTE FUNCTION count_instance_place();--> statement-breakpoint
-- What Orthanc has already.
DO $$ DECLARE t uuid; asked text := current_setting('bitewing.tenant_id', true); BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes)
    SELECT tenant_id, 'orthanc-copy', image_kind, count(*), sum(file_bytes) FROM instances
    WHERE held_by_archive GROUP BY tenant_id, image_kind;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
END $$;--> statement-breakpoint
DROP FUNCTION door_storage_counts();--> statement-breakpoint
CREATE FUNCTION door_storage_counts()
RETURNS TABLE (tenant text, what text, tier text, objects bigint, bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- for /metrics: what each practice stores, in numbers alone
  SELECT t.slug, c.what, c.tier, sum(c.objects)::bigint, sum(c.bytes)::bigint
  FROM storage_counts c JOIN tenants t ON t.id = c.tenant_id WHERE is_system() GROUP BY t.slug, c.what, c.tier
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_fold_storage_counts() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- differences become one row again; the sums stay what they are, whoever writes or folds meanwhile
  WITH folded AS (
    DELETE FROM storage_counts WHERE id IN (SELECT id FROM storage_counts WHERE is_system() ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED)
    RETURNING tenant_id, what, image_kind, tier, objects, bytes
  ), kept AS (
    INSERT INTO storage_counts (tenant_id, what, image_kind, tier, objects, bytes)
    SELECT tenant_id, what, image_kind, tier, sum(objects), sum(bytes) FROM folded GROUP BY tenant_id, what, image_kind, tier
    HAVING sum(objects) <> 0 OR sum(bytes) <> 0
  )
  SELECT count(*) FROM folded
$$;--> statement-breakpoint
-- Only inside asSystem: which recalls are under way, and which practices have images moved.
CREATE FUNCTION door_recalls(most integer) RETURNS TABLE (tenant_id uuid, instance_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT r.tenant_id, r.instance_id FROM recalls r WHERE is_system() ORDER BY r.begun_at LIMIT most
$$;--> statement-breakpoint
CREATE FUNCTION door_tier_tenants() RETURNS TABLE (tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.tenant_id FROM tier_policies p
  WHERE is_system() AND p.enabled AND NOT EXISTS (SELECT FROM shredded_tenants s WHERE s.id = p.tenant_id)
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION door_storage_counts(), door_recalls(integer), door_tier_tenants() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_storage_counts(), door_recalls(integer), door_tier_tenants() TO bitewing_app;
