-- What was deleted and may still come back is seen by those alone who say so in their transaction (`showDeleted`).
CREATE FUNCTION shows_deleted() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('bitewing.deleted', true), '') = 'on' $$;
--> statement-breakpoint
CREATE TABLE "deletions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"level" text NOT NULL,
	"study_id" uuid NOT NULL,
	"study_instance_uid" text NOT NULL,
	"series_instance_uid" text,
	"sop_instance_uid" text,
	"instance_count" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"deleted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"purge_after" timestamp with time zone NOT NULL,
	"returned_count" integer DEFAULT 0 NOT NULL,
	"returned_at" timestamp with time zone,
	"restored_at" timestamp with time zone,
	"purge_begun_at" timestamp with time zone,
	"purged_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "deletions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "deleted_instances" (
	"deletion_id" uuid NOT NULL,
	"instance_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_instance_uid" text NOT NULL,
	"series_instance_uid" text NOT NULL,
	"sop_instance_uid" text NOT NULL,
	CONSTRAINT "deleted_instances_deletion_id_instance_id_pk" PRIMARY KEY("deletion_id","instance_id")
);
--> statement-breakpoint
ALTER TABLE "deleted_instances" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant_id" uuid NOT NULL,
	"sequence" bigint,
	"kind" text NOT NULL,
	"study_instance_uid" text NOT NULL,
	"series_instance_uid" text,
	"sop_instance_uid" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "changes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "studies" ADD COLUMN "deletion_id" uuid;--> statement-breakpoint
ALTER TABLE "series" ADD COLUMN "deletion_id" uuid;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "deletion_id" uuid;--> statement-breakpoint
ALTER TABLE "deletions" ADD CONSTRAINT "deletions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deleted_instances" ADD CONSTRAINT "deleted_instances_deletion_id_deletions_id_fk" FOREIGN KEY ("deletion_id") REFERENCES "public"."deletions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deleted_instances" ADD CONSTRAINT "deleted_instances_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deletions_tenant_study" ON "deletions" USING btree ("tenant_id","study_instance_uid");--> statement-breakpoint
CREATE INDEX "deletions_due" ON "deletions" USING btree ("purge_after");--> statement-breakpoint
CREATE INDEX "deleted_instances_study" ON "deleted_instances" USING btree ("tenant_id","study_instance_uid","series_instance_uid");--> statement-breakpoint
CREATE INDEX "deleted_instances_sop" ON "deleted_instances" USING btree ("tenant_id","sop_instance_uid");--> statement-breakpoint
CREATE UNIQUE INDEX "changes_sequence" ON "changes" USING btree ("tenant_id","sequence");--> statement-breakpoint
CREATE INDEX "changes_unnumbered" ON "changes" USING btree ("tenant_id","id") WHERE sequence IS NULL;--> statement-breakpoint
ALTER TABLE "studies" ADD CONSTRAINT "studies_deletion_id_deletions_id_fk" FOREIGN KEY ("deletion_id") REFERENCES "public"."deletions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series" ADD CONSTRAINT "series_deletion_id_deletions_id_fk" FOREIGN KEY ("deletion_id") REFERENCES "public"."deletions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_deletion_id_deletions_id_fk" FOREIGN KEY ("deletion_id") REFERENCES "public"."deletions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "deletions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("deletions"."tenant_id" = current_tenant_id()) WITH CHECK ("deletions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "deleted_instances" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("deleted_instances"."tenant_id" = current_tenant_id()) WITH CHECK ("deleted_instances"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "changes" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("changes"."tenant_id" = current_tenant_id()) WITH CHECK ("changes"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER POLICY "own_tenant_only" ON "studies" TO bitewing_app USING ("studies"."tenant_id" = current_tenant_id() AND ("studies"."deletion_id" IS NULL OR shows_deleted())) WITH CHECK ("studies"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER POLICY "own_tenant_only" ON "series" TO bitewing_app USING ("series"."tenant_id" = current_tenant_id() AND ("series"."deletion_id" IS NULL OR shows_deleted())) WITH CHECK ("series"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER POLICY "own_tenant_only" ON "instances" TO bitewing_app USING ("instances"."tenant_id" = current_tenant_id() AND ("instances"."deletion_id" IS NULL OR shows_deleted())) WITH CHECK ("instances"."tenant_id" = current_tenant_id());
--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['deletions', 'deleted_instances', 'changes'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_in_tenant ON public.%I FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- for the door below
CREATE POLICY owner_doors ON deletions FOR SELECT TO CURRENT_USER USING (is_system());
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON deletions TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON deleted_instances TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (sequence) ON changes TO bitewing_app;
--> statement-breakpoint
-- Only inside asSystem: whose time of grace is over. One with images that came again waits for staff.
CREATE FUNCTION door_due_deletions(most integer) RETURNS TABLE (tenant_id uuid, deletion_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.tenant_id, d.id FROM deletions d
  WHERE is_system() AND d.purge_after <= now() AND d.purged_at IS NULL AND d.restored_at IS NULL
    AND (d.returned_count = 0 OR d.purge_begun_at IS NOT NULL)
  ORDER BY d.purge_after LIMIT most
$$;
--> statement-breakpoint
-- The feed of changes: one row for each study, series and instance that comes, goes and comes back.
CREATE FUNCTION note_stored() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'studies' THEN
    INSERT INTO changes (tenant_id, kind, study_instance_uid)
    SELECT n.tenant_id, 'study.stored', n.study_instance_uid FROM added n;
  ELSIF TG_TABLE_NAME = 'series' THEN
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid)
    SELECT n.tenant_id, 'series.stored', s.study_instance_uid, n.series_instance_uid
    FROM added n JOIN studies s ON s.id = n.study_id;
  ELSE
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid, sop_instance_uid)
    SELECT n.tenant_id, 'instance.stored', s.study_instance_uid, x.series_instance_uid, n.sop_instance_uid
    FROM added n JOIN series x ON x.id = n.series_id JOIN studies s ON s.id = n.study_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION note_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE what text := CASE WHEN NEW.deletion_id IS NULL THEN 'restored' ELSE 'deleted' END;
BEGIN
  IF TG_TABLE_NAME = 'studies' THEN
    INSERT INTO changes (tenant_id, kind, study_instance_uid)
    VALUES (NEW.tenant_id, 'study.' || what, NEW.study_instance_uid);
  ELSIF TG_TABLE_NAME = 'series' THEN
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid)
    SELECT NEW.tenant_id, 'series.' || what, s.study_instance_uid, NEW.series_instance_uid
    FROM studies s WHERE s.id = NEW.study_id;
  ELSE
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid, sop_instance_uid)
    SELECT NEW.tenant_id, 'instance.' || what, s.study_instance_uid, x.series_instance_uid, NEW.sop_instance_uid
    FROM series x JOIN studies s ON s.id = x.study_id WHERE x.id = NEW.series_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
DO $$ DECLARE t text; f regprocedure; BEGIN
  FOREACH t IN ARRAY ARRAY['studies', 'series', 'instances'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON public.%I REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_stored()', t || '_stored', t);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE OF deletion_id ON public.%I FOR EACH ROW WHEN ((OLD.deletion_id IS NULL) <> (NEW.deletion_id IS NULL)) EXECUTE FUNCTION note_deleted()', t || '_deleted', t);
  END LOOP;
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND p.proname IN ('shows_deleted', 'door_due_deletions', 'note_stored', 'note_deleted') LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO bitewing_app', f);
  END LOOP;
END $$;
--> statement-breakpoint
-- What each practice has already begins its feed.
DO $$ DECLARE t uuid; BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    INSERT INTO changes (tenant_id, kind, study_instance_uid, at)
      SELECT tenant_id, 'study.stored', study_instance_uid, arrived_at FROM studies ORDER BY arrived_at;
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid)
      SELECT x.tenant_id, 'series.stored', s.study_instance_uid, x.series_instance_uid
      FROM series x JOIN studies s ON s.id = x.study_id ORDER BY s.arrived_at;
    INSERT INTO changes (tenant_id, kind, study_instance_uid, series_instance_uid, sop_instance_uid, at)
      SELECT i.tenant_id, 'instance.stored', s.study_instance_uid, x.series_instance_uid, i.sop_instance_uid, i.arrived_at
      FROM instances i JOIN series x ON x.id = i.series_id JOIN studies s ON s.id = i.study_id ORDER BY i.arrived_at;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', '', true);
END $$;
