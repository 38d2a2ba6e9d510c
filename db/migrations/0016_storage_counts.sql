CREATE TABLE "kept_renditions" (
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"instance_id" uuid NOT NULL,
	"bytes" bigint NOT NULL,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kept_renditions_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
ALTER TABLE "kept_renditions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "storage_counts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "storage_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant_id" uuid NOT NULL,
	"what" text NOT NULL,
	"image_kind" text NOT NULL,
	"objects" bigint NOT NULL,
	"bytes" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "storage_counts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "rendition_bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "instances" ADD COLUMN "placeholder" "bytea";--> statement-breakpoint
ALTER TABLE "kept_renditions" ADD CONSTRAINT "kept_renditions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "kept_renditions" ADD CONSTRAINT "kept_renditions_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storage_counts" ADD CONSTRAINT "storage_counts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "kept_renditions_instance" ON "kept_renditions" USING btree ("instance_id");--> statement-breakpoint
CREATE INDEX "kept_renditions_used" ON "kept_renditions" USING btree ("tenant_id","used_at");--> statement-breakpoint
CREATE INDEX "storage_counts_tenant" ON "storage_counts" USING btree ("tenant_id","what","image_kind");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "kept_renditions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("kept_renditions"."tenant_id" = current_tenant_id()) WITH CHECK ("kept_renditions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "storage_counts" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("storage_counts"."tenant_id" = current_tenant_id()) WITH CHECK ("storage_counts"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "kept_renditions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "storage_counts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "kept_renditions" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
-- Counts and bytes of every practice: what operators see.
CREATE POLICY "owner_doors" ON "storage_counts" FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true);--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON kept_renditions TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT ON storage_counts TO bitewing_app;--> statement-breakpoint
CREATE FUNCTION count_instances_in() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes)
  SELECT tenant_id, what, image_kind, count(*), sum(bytes) FROM (
    SELECT tenant_id, 'original' AS what, image_kind, file_bytes AS bytes FROM new_rows
    UNION ALL
    SELECT tenant_id, 'rendition', image_kind, rendition_bytes FROM new_rows WHERE rendition_bytes > 0
  ) AS stored GROUP BY tenant_id, what, image_kind;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION count_instances_out() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes)
  SELECT tenant_id, what, image_kind, -count(*), -sum(bytes) FROM (
    SELECT tenant_id, 'original' AS what, image_kind, file_bytes AS bytes FROM old_rows
    UNION ALL
    SELECT tenant_id, 'rendition', image_kind, rendition_bytes FROM old_rows WHERE rendition_bytes > 0
  ) AS stored GROUP BY tenant_id, what, image_kind;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION count_instance_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes) VALUES
    (OLD.tenant_id, 'original', OLD.image_kind, -1, -OLD.file_bytes),
    (NEW.tenant_id, 'original', NEW.image_kind, 1, NEW.file_bytes),
    (OLD.tenant_id, 'rendition', OLD.image_kind, -(OLD.rendition_bytes > 0)::int, -OLD.rendition_bytes),
    (NEW.tenant_id, 'rendition', NEW.image_kind, (NEW.rendition_bytes > 0)::int, NEW.rendition_bytes);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION count_instance_renditions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes) VALUES
    (NEW.tenant_id, 'rendition', NEW.image_kind,
     (NEW.rendition_bytes > 0)::int - (OLD.rendition_bytes > 0)::int, NEW.rendition_bytes - OLD.rendition_bytes);
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE FUNCTION count_kept_rendition() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes) VALUES
    (coalesce(NEW.tenant_id, OLD.tenant_id), 'kept-rendition', 'other',
     (NEW.name IS NOT NULL)::int - (OLD.name IS NOT NULL)::int, coalesce(NEW.bytes, 0) - coalesce(OLD.bytes, 0));
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER count_in AFTER INSERT ON instances REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_instances_in();--> statement-breakpoint
CREATE TRIGGER count_out AFTER DELETE ON instances REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION count_instances_out();--> statement-breakpoint
CREATE TRIGGER count_change AFTER UPDATE OF file_bytes, image_kind ON instances FOR EACH ROW
  WHEN (OLD.file_bytes <> NEW.file_bytes OR OLD.image_kind <> NEW.image_kind)
  EXECUTE FUNCTION count_instance_change();--> statement-breakpoint
CREATE TRIGGER count_renditions AFTER UPDATE OF rendition_bytes ON instances FOR EACH ROW
  WHEN (OLD.rendition_bytes <> NEW.rendition_bytes AND OLD.file_bytes = NEW.file_bytes AND OLD.image_kind = NEW.image_kind)
  EXECUTE FUNCTION count_instance_renditions();--> statement-breakpoint
CREATE TRIGGER count_kept AFTER INSERT OR DELETE OR UPDATE OF bytes ON kept_renditions FOR EACH ROW
  EXECUTE FUNCTION count_kept_rendition();--> statement-breakpoint
-- What is stored already.
DO $$ DECLARE t uuid; asked text := current_setting('bitewing.tenant_id', true); BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes)
    SELECT tenant_id, 'original', image_kind, count(*), sum(file_bytes) FROM instances GROUP BY tenant_id, image_kind;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
END $$;--> statement-breakpoint
CREATE FUNCTION door_storage_counts()
RETURNS TABLE (tenant text, what text, objects bigint, bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- for /metrics: what each practice stores, in numbers alone
  SELECT t.slug, c.what, sum(c.objects)::bigint, sum(c.bytes)::bigint
  FROM storage_counts c JOIN tenants t ON t.id = c.tenant_id WHERE is_system() GROUP BY t.slug, c.what
$$;--> statement-breakpoint
CREATE FUNCTION door_fold_storage_counts() RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- differences become one row again; the sums stay what they are, whoever writes or folds meanwhile
  WITH folded AS (
    DELETE FROM storage_counts WHERE id IN (SELECT id FROM storage_counts WHERE is_system() ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED)
    RETURNING tenant_id, what, image_kind, objects, bytes
  ), kept AS (
    INSERT INTO storage_counts (tenant_id, what, image_kind, objects, bytes)
    SELECT tenant_id, what, image_kind, sum(objects), sum(bytes) FROM folded GROUP BY tenant_id, what, image_kind
    HAVING sum(objects) <> 0 OR sum(bytes) <> 0
  )
  SELECT count(*) FROM folded
$$;--> statement-breakpoint
REVOKE ALL ON FUNCTION door_storage_counts(), door_fold_storage_counts() FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_storage_counts(), door_fold_storage_counts() TO bitewing_app;
