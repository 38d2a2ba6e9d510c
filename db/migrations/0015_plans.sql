CREATE TABLE "treatment_cases" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"title" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "treatment_cases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plans" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"letter" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "plans" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plan_versions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"plan_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"content" jsonb NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"presented_by" uuid,
	"presented_at" timestamp with time zone,
	"frozen" text,
	"digest" "bytea"
);
--> statement-breakpoint
ALTER TABLE "plan_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plan_signatures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"name" text NOT NULL,
	"consent" text NOT NULL,
	"locale" text NOT NULL,
	"strokes" jsonb NOT NULL,
	"via" text NOT NULL,
	"witness_id" uuid,
	"share_id" uuid,
	"signed_at" timestamp with time zone NOT NULL,
	"digest" "bytea" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "plan_signatures" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plan_item_states" (
	"plan_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"state" text NOT NULL,
	"day" date,
	"changed_by" uuid,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plan_item_states_plan_id_item_id_pk" PRIMARY KEY("plan_id","item_id")
);
--> statement-breakpoint
ALTER TABLE "plan_item_states" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "procedures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"code" text NOT NULL,
	"name_en" text NOT NULL,
	"name_fr" text NOT NULL,
	"category" text NOT NULL,
	"site" text NOT NULL,
	"per" text NOT NULL,
	"fee_cents" integer NOT NULL,
	"tax_ids" text[] DEFAULT '{}' NOT NULL,
	"archived_at" timestamp with time zone,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "procedures" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "plan_settings" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"notation" text NOT NULL,
	"currency" text NOT NULL,
	"taxes" jsonb NOT NULL,
	"consent_en" text NOT NULL,
	"consent_fr" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "plan_settings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "shares" ALTER COLUMN "study_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "shares" ADD COLUMN "plan_version_id" uuid;--> statement-breakpoint
ALTER TABLE "treatment_cases" ADD CONSTRAINT "treatment_cases_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "treatment_cases" ADD CONSTRAINT "treatment_cases_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "treatment_cases" ADD CONSTRAINT "treatment_cases_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_case_id_treatment_cases_id_fk" FOREIGN KEY ("case_id") REFERENCES "public"."treatment_cases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_presented_by_users_id_fk" FOREIGN KEY ("presented_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_version_id_plan_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."plan_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_witness_id_users_id_fk" FOREIGN KEY ("witness_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_share_id_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."shares"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_item_states" ADD CONSTRAINT "plan_item_states_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_item_states" ADD CONSTRAINT "plan_item_states_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_item_states" ADD CONSTRAINT "plan_item_states_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "procedures" ADD CONSTRAINT "procedures_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_settings" ADD CONSTRAINT "plan_settings_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "treatment_cases_patient" ON "treatment_cases" USING btree ("tenant_id","patient_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "plans_letter" ON "plans" USING btree ("case_id","letter");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_versions_number" ON "plan_versions" USING btree ("plan_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_versions_one_draft" ON "plan_versions" USING btree ("plan_id") WHERE state = 'draft';--> statement-breakpoint
CREATE INDEX "plan_versions_tenant" ON "plan_versions" USING btree ("tenant_id","state");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_signatures_version" ON "plan_signatures" USING btree ("version_id");--> statement-breakpoint
CREATE UNIQUE INDEX "procedures_code" ON "procedures" USING btree ("tenant_id",lower("code"));--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_plan_version_id_plan_versions_id_fk" FOREIGN KEY ("plan_version_id") REFERENCES "public"."plan_versions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "shares_plan_version" ON "shares" USING btree ("plan_version_id");--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_open_one_thing" CHECK (("shares"."study_id" IS NULL) <> ("shares"."plan_version_id" IS NULL));--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "treatment_cases" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("treatment_cases"."tenant_id" = current_tenant_id()) WITH CHECK ("treatment_cases"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plans" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plans"."tenant_id" = current_tenant_id()) WITH CHECK ("plans"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plan_versions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plan_versions"."tenant_id" = current_tenant_id()) WITH CHECK ("plan_versions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plan_signatures" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plan_signatures"."tenant_id" = current_tenant_id()) WITH CHECK ("plan_signatures"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plan_item_states" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plan_item_states"."tenant_id" = current_tenant_id()) WITH CHECK ("plan_item_states"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "procedures" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("procedures"."tenant_id" = current_tenant_id()) WITH CHECK ("procedures"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plan_settings" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plan_settings"."tenant_id" = current_tenant_id()) WITH CHECK ("plan_settings"."tenant_id" = current_tenant_id());--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['treatment_cases', 'plans', 'plan_versions', 'plan_signatures', 'plan_item_states',
    'procedures', 'plan_settings'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_in_tenant ON public.%I FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON treatment_cases, plans, plan_versions, plan_item_states, procedures, plan_settings TO bitewing_app;
--> statement-breakpoint
-- what was signed can be added and read, never changed or removed
GRANT SELECT, INSERT ON plan_signatures TO bitewing_app;
--> statement-breakpoint
-- What was shown to a patient stays as it was: from the moment it is presented only a version's state changes.
CREATE FUNCTION keep_presented_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.frozen IS NOT NULL AND (NEW.plan_id, NEW.tenant_id, NEW.number, NEW.content, NEW.revision, NEW.frozen, NEW.digest,
      NEW.presented_by, NEW.presented_at, NEW.changed_by, NEW.changed_at)
    IS DISTINCT FROM (OLD.plan_id, OLD.tenant_id, OLD.number, OLD.content, OLD.revision, OLD.frozen, OLD.digest,
      OLD.presented_by, OLD.presented_at, OLD.changed_by, OLD.changed_at) THEN
    RAISE EXCEPTION 'A version that was presented does not change';
  END IF;
  IF OLD.frozen IS NOT NULL AND NEW.state = 'draft' OR OLD.state = 'signed' AND NEW.state <> 'signed' THEN
    RAISE EXCEPTION 'A version goes no way back';
  END IF;
  IF NEW.state <> 'draft' AND (NEW.frozen IS NULL OR NEW.digest IS NULL) THEN
    RAISE EXCEPTION 'A version is frozen when it is presented';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER plan_versions_stay BEFORE UPDATE ON plan_versions FOR EACH ROW EXECUTE FUNCTION keep_presented_version();
--> statement-breakpoint
-- A link opens a study or a version of a plan: the doors tell which.
DROP FUNCTION door_share(bytea);
--> statement-breakpoint
CREATE FUNCTION door_share(hash bytea)
RETURNS TABLE (id uuid, tenant_id uuid, tenant_name text, locale text, opens_plan boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, s.tenant_id, t.name, t.locale, s.plan_version_id IS NOT NULL FROM shares s JOIN tenants t ON t.id = s.tenant_id
  WHERE s.token_hash = hash AND s.revoked_at IS NULL AND s.expires_at > now()
$$;
--> statement-breakpoint
DROP FUNCTION door_share_session(bytea, uuid);
--> statement-breakpoint
CREATE FUNCTION door_share_session(hash bytea, wanted_share uuid)
RETURNS TABLE (public_id uuid, share_id uuid, tenant_id uuid, tenant_name text, locale text, study_id uuid,
  plan_version_id uuid, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.public_id, s.id, s.tenant_id, t.name, t.locale, s.study_id, s.plan_version_id, s.expires_at
  FROM share_sessions d JOIN shares s ON s.id = d.share_id JOIN tenants t ON t.id = s.tenant_id
  WHERE d.id_hash = hash AND d.share_id = wanted_share AND s.revoked_at IS NULL AND s.expires_at > now()
$$;
--> statement-breakpoint
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND p.proname IN ('keep_presented_version', 'door_share', 'door_share_session') LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO bitewing_app', f);
  END LOOP;
END $$;
