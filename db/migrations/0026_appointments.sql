CREATE TABLE "appointments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"provider_id" uuid NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"minutes" integer NOT NULL,
	"room" text DEFAULT '' NOT NULL,
	"kind" text NOT NULL,
	"note" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'booked' NOT NULL,
	"status_at" timestamp with time zone DEFAULT now() NOT NULL,
	"plan_id" uuid,
	"visit_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "appointments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_alerts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"text" text DEFAULT '' NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_by" uuid,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "patient_alerts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_note_versions" (
	"note_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"text" text NOT NULL,
	"written_by" uuid NOT NULL,
	"written_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "patient_note_versions_note_id_number_pk" PRIMARY KEY("note_id","number")
);
--> statement-breakpoint
ALTER TABLE "patient_note_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_notes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"day" date NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "patient_notes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_keys" (
	"tenant_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"patient_id" uuid NOT NULL,
	CONSTRAINT "patient_keys_tenant_id_kind_key_patient_id_pk" PRIMARY KEY("tenant_id","kind","key","patient_id")
);
--> statement-breakpoint
ALTER TABLE "patient_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "opened_patients" (
	"tenant_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"images_seen_at" timestamp with time zone,
	CONSTRAINT "opened_patients_tenant_id_user_id_patient_id_pk" PRIMARY KEY("tenant_id","user_id","patient_id")
);
--> statement-breakpoint
ALTER TABLE "opened_patients" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "time_zone" text DEFAULT 'America/Toronto' NOT NULL;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_provider_id_users_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_alerts" ADD CONSTRAINT "patient_alerts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_alerts" ADD CONSTRAINT "patient_alerts_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_alerts" ADD CONSTRAINT "patient_alerts_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_alerts" ADD CONSTRAINT "patient_alerts_ended_by_users_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_note_versions" ADD CONSTRAINT "patient_note_versions_note_id_patient_notes_id_fk" FOREIGN KEY ("note_id") REFERENCES "public"."patient_notes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_note_versions" ADD CONSTRAINT "patient_note_versions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_note_versions" ADD CONSTRAINT "patient_note_versions_written_by_users_id_fk" FOREIGN KEY ("written_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_notes" ADD CONSTRAINT "patient_notes_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_notes" ADD CONSTRAINT "patient_notes_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_notes" ADD CONSTRAINT "patient_notes_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_keys" ADD CONSTRAINT "patient_keys_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_keys" ADD CONSTRAINT "patient_keys_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opened_patients" ADD CONSTRAINT "opened_patients_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opened_patients" ADD CONSTRAINT "opened_patients_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opened_patients" ADD CONSTRAINT "opened_patients_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "appointments_time" ON "appointments" USING btree ("tenant_id","starts_at");--> statement-breakpoint
CREATE INDEX "appointments_patient" ON "appointments" USING btree ("tenant_id","patient_id","starts_at");--> statement-breakpoint
CREATE INDEX "appointments_provider" ON "appointments" USING btree ("tenant_id","provider_id","starts_at");--> statement-breakpoint
CREATE INDEX "patient_alerts_patient" ON "patient_alerts" USING btree ("tenant_id","patient_id");--> statement-breakpoint
CREATE INDEX "patient_notes_patient" ON "patient_notes" USING btree ("tenant_id","patient_id","day");--> statement-breakpoint
CREATE INDEX "patient_keys_patient" ON "patient_keys" USING btree ("patient_id");--> statement-breakpoint
CREATE INDEX "opened_patients_patient" ON "opened_patients" USING btree ("patient_id");--> statement-breakpoint
CREATE INDEX "opened_patients_recent" ON "opened_patients" USING btree ("tenant_id","user_id","opened_at");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "appointments" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("appointments"."tenant_id" = current_tenant_id()) WITH CHECK ("appointments"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_alerts" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_alerts"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_alerts"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_note_versions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_note_versions"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_note_versions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_notes" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_notes"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_notes"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_keys" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_keys"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_keys"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "opened_patients" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("opened_patients"."tenant_id" = current_tenant_id()) WITH CHECK ("opened_patients"."tenant_id" = current_tenant_id());
--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['appointments', 'patient_alerts', 'patient_notes', 'patient_note_versions', 'patient_keys', 'opened_patients'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_in_tenant ON public.%I FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON appointments, patient_alerts, patient_notes, opened_patients TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON patient_note_versions TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON patient_keys TO bitewing_app;
--> statement-breakpoint
GRANT UPDATE (time_zone) ON tenants TO bitewing_app;
--> statement-breakpoint
ALTER TABLE appointments ADD CONSTRAINT appointments_minutes CHECK (minutes BETWEEN 5 AND 720),
  ADD CONSTRAINT appointments_visit CHECK ((plan_id IS NULL) = (visit_id IS NULL));
--> statement-breakpoint
CREATE FUNCTION patient_phone_keys(phone text) RETURNS TABLE (kind text, key text)
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  -- what follows the first letter is an extension; 1 is the country code of North America
  WITH digits AS (SELECT regexp_replace(regexp_replace(phone, '[[:alpha:]].*$', ''), '[^0-9]', '', 'g') AS d),
  national AS (SELECT left(CASE WHEN length(d) = 11 AND left(d, 1) = '1' THEN substr(d, 2) ELSE d END, 30) AS d FROM digits)
  SELECT 'phone', d FROM national WHERE d <> ''
  UNION SELECT 'phone', right(d, 7) FROM national WHERE length(d) = 10
  UNION SELECT 'phone-end', reverse(d) FROM national WHERE d <> ''
$$;
--> statement-breakpoint
CREATE FUNCTION keep_patient_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM patient_keys WHERE patient_id = OLD.id AND kind IN ('name', 'phone', 'phone-end');
  END IF;
  INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
    SELECT NEW.tenant_id, 'name', left(word, 200), NEW.id FROM string_to_table(NEW.name_fold, ' ') AS word WHERE word <> ''
    UNION SELECT NEW.tenant_id, found.kind, found.key, NEW.id FROM patient_phone_keys(NEW.phone) AS found;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION keep_identifier_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  IF TG_OP <> 'INSERT' THEN
    -- another issuer may have given the same value
    DELETE FROM patient_keys WHERE patient_id = OLD.patient_id AND kind = 'identifier' AND key = left(lower(OLD.value), 500)
      AND NOT EXISTS (SELECT FROM patient_identifiers i WHERE i.patient_id = OLD.patient_id AND lower(i.value) = lower(OLD.value));
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
    VALUES (NEW.tenant_id, 'identifier', left(lower(NEW.value), 500), NEW.patient_id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER keep_keys_in AFTER INSERT ON patients FOR EACH ROW EXECUTE FUNCTION keep_patient_keys();
--> statement-breakpoint
CREATE TRIGGER keep_keys_change AFTER UPDATE OF name_fold, phone ON patients FOR EACH ROW
  WHEN (OLD.name_fold <> NEW.name_fold OR OLD.phone IS DISTINCT FROM NEW.phone) EXECUTE FUNCTION keep_patient_keys();
--> statement-breakpoint
CREATE TRIGGER keep_keys AFTER INSERT OR DELETE OR UPDATE OF value, patient_id ON patient_identifiers FOR EACH ROW
  EXECUTE FUNCTION keep_identifier_keys();
--> statement-breakpoint
-- Who is there already.
DO $$ DECLARE t uuid; asked text := current_setting('bitewing.tenant_id', true); BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
      SELECT p.tenant_id, 'name', left(word, 200), p.id FROM patients p, string_to_table(p.name_fold, ' ') AS word WHERE word <> ''
      UNION SELECT p.tenant_id, found.kind, found.key, p.id FROM patients p, patient_phone_keys(p.phone) AS found
      UNION SELECT i.tenant_id, 'identifier', left(lower(i.value), 500), i.patient_id FROM patient_identifiers i;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
END $$;
