CREATE TABLE "former_identities" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"family_name" text NOT NULL,
	"given_name" text NOT NULL,
	"birth_date" date,
	"sex" text,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "former_identities" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_merge_rows" (
	"merge_id" uuid NOT NULL,
	"table_name" text NOT NULL,
	"row_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"match_state" text,
	CONSTRAINT "patient_merge_rows_merge_id_table_name_row_id_pk" PRIMARY KEY("merge_id","table_name","row_id")
);
--> statement-breakpoint
ALTER TABLE "patient_merge_rows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_merges" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"kept_id" uuid NOT NULL,
	"merged_id" uuid NOT NULL,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"undone_by" uuid,
	"undone_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "patient_merges" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_distinctions" (
	"tenant_id" uuid NOT NULL,
	"one_id" uuid NOT NULL,
	"other_id" uuid NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "patient_distinctions_tenant_id_one_id_other_id_pk" PRIMARY KEY("tenant_id","one_id","other_id")
);
--> statement-breakpoint
ALTER TABLE "patient_distinctions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "patients" ADD COLUMN "merged_into" uuid;--> statement-breakpoint
ALTER TABLE "former_identities" ADD CONSTRAINT "former_identities_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_identities" ADD CONSTRAINT "former_identities_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "former_identities" ADD CONSTRAINT "former_identities_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge_rows" ADD CONSTRAINT "patient_merge_rows_merge_id_patient_merges_id_fk" FOREIGN KEY ("merge_id") REFERENCES "public"."patient_merges"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merge_rows" ADD CONSTRAINT "patient_merge_rows_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_kept_id_patients_id_fk" FOREIGN KEY ("kept_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_merged_id_patients_id_fk" FOREIGN KEY ("merged_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_undone_by_users_id_fk" FOREIGN KEY ("undone_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_one_id_patients_id_fk" FOREIGN KEY ("one_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_other_id_patients_id_fk" FOREIGN KEY ("other_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "former_identities_patient" ON "former_identities" USING btree ("tenant_id","patient_id");--> statement-breakpoint
CREATE INDEX "patient_merges_kept" ON "patient_merges" USING btree ("tenant_id","kept_id");--> statement-breakpoint
CREATE INDEX "patient_merges_merged" ON "patient_merges" USING btree ("tenant_id","merged_id");--> statement-breakpoint
ALTER TABLE "patients" ADD CONSTRAINT "patients_merged_into_patients_id_fk" FOREIGN KEY ("merged_into") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "former_identities" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("former_identities"."tenant_id" = current_tenant_id()) WITH CHECK ("former_identities"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_merge_rows" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_merge_rows"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_merge_rows"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_merges" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_merges"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_merges"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_distinctions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_distinctions"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_distinctions"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER POLICY "own_tenant_only" ON "patients" TO bitewing_app USING ("patients"."tenant_id" = current_tenant_id() AND ("patients"."merged_into" IS NULL OR shows_deleted())) WITH CHECK ("patients"."tenant_id" = current_tenant_id());--> statement-breakpoint
-- The policy asks for merged_into: in the index, all patients are counted there.
DROP INDEX "patients_tenant_name";--> statement-breakpoint
CREATE INDEX "patients_tenant_name" ON "patients" USING btree ("tenant_id","name_fold") INCLUDE ("merged_into");--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['former_identities', 'patient_merges', 'patient_merge_rows', 'patient_distinctions'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_in_tenant ON public.%I FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT ON former_identities, patient_merges, patient_merge_rows TO bitewing_app;
--> statement-breakpoint
GRANT UPDATE (undone_by, undone_at) ON patient_merges TO bitewing_app;
--> statement-breakpoint
GRANT UPDATE (patient_id) ON former_identities TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON patient_distinctions TO bitewing_app;
--> statement-breakpoint
ALTER TABLE patient_distinctions ADD CONSTRAINT patient_distinctions_order CHECK (one_id < other_id);
--> statement-breakpoint
-- What is written for a record that has gone into another, by whoever did not know, goes where it went. The lock waits
-- for a merge that is under way.
CREATE FUNCTION follow_merged_patient() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE further uuid;
BEGIN
  LOOP
    SELECT merged_into INTO further FROM patients WHERE id = NEW.patient_id FOR KEY SHARE;
    EXIT WHEN further IS NULL;
    NEW.patient_id := further;
  END LOOP;
  RETURN NEW;
END $$;
--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['appointments', 'comparisons', 'former_identities', 'mounts', 'opened_patients', 'orthodontic_cases',
    'patient_alerts', 'patient_identifiers', 'patient_notes', 'studies', 'treatment_cases'] LOOP
    EXECUTE format('CREATE TRIGGER follow_merged BEFORE INSERT OR UPDATE OF patient_id ON public.%I FOR EACH ROW
      WHEN (NEW.patient_id IS NOT NULL) EXECUTE FUNCTION follow_merged_patient()', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- Where a record has gone, at last; null when it is nowhere, or where it was.
CREATE FUNCTION door_merged_into(wanted uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE way AS (
    SELECT p.merged_into AS id, 1 AS steps FROM patients p WHERE p.id = wanted AND p.merged_into IS NOT NULL
    UNION ALL SELECT p.merged_into, steps + 1 FROM way JOIN patients p ON p.id = way.id WHERE p.merged_into IS NOT NULL AND steps < 100
  ) SELECT id FROM way ORDER BY steps DESC LIMIT 1
$$;
--> statement-breakpoint
-- Records with all that have gone into them.
CREATE FUNCTION door_with_merged(wanted uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE one AS (
    SELECT unnest(wanted) AS id
    UNION SELECT p.id FROM one JOIN patients p ON p.merged_into = one.id
  ) SELECT id FROM one
$$;
--> statement-breakpoint
CREATE INDEX patients_merged ON patients (merged_into) WHERE merged_into IS NOT NULL;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION follow_merged_patient(), door_merged_into(uuid), door_with_merged(uuid[]) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_merged_into(uuid), door_with_merged(uuid[]) TO bitewing_app;
