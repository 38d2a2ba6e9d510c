CREATE TABLE "tenants" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"locale" text DEFAULT 'fr' NOT NULL,
	"wrapped_data_key" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tenants" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ae_titles" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"ae_title" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ae_titles" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "devices" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"ae_title" text NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"name" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "devices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"is_operator" boolean DEFAULT false NOT NULL,
	"locale" text DEFAULT 'fr' NOT NULL,
	"disabled_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "memberships" (
	"user_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memberships_user_id_tenant_id_pk" PRIMARY KEY("user_id","tenant_id")
);
--> statement-breakpoint
ALTER TABLE "memberships" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sessions" (
	"id_hash" "bytea" PRIMARY KEY NOT NULL,
	"public_id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"active_tenant_id" uuid,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "login_failures" (
	"key" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL,
	"locked_until" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "login_failures" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_tokens" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patients" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"family_name" text NOT NULL,
	"given_name" text NOT NULL,
	"name_fold" text NOT NULL,
	"birth_date" date,
	"sex" text,
	"phone" text,
	"email" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "patients" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "patient_identifiers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"issuer" text DEFAULT '' NOT NULL,
	"value" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "patient_identifiers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "studies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_instance_uid" text NOT NULL,
	"patient_id" uuid,
	"match_state" text NOT NULL,
	"dicom_patient_id" text DEFAULT '' NOT NULL,
	"issuer_of_patient_id" text DEFAULT '' NOT NULL,
	"patient_name" text DEFAULT '' NOT NULL,
	"patient_name_fold" text DEFAULT '' NOT NULL,
	"patient_birth_date" date,
	"patient_sex" text DEFAULT '' NOT NULL,
	"study_date" date,
	"study_time" time(6),
	"accession_number" text DEFAULT '' NOT NULL,
	"study_id" text DEFAULT '' NOT NULL,
	"study_description" text DEFAULT '' NOT NULL,
	"referring_physician_name" text DEFAULT '' NOT NULL,
	"referring_physician_name_fold" text DEFAULT '' NOT NULL,
	"modalities" text[] DEFAULT '{}' NOT NULL,
	"sop_class_uids" text[] DEFAULT '{}' NOT NULL,
	"series_count" integer DEFAULT 0 NOT NULL,
	"instance_count" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"attributes" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"arrived_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "studies" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "series" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_id" uuid NOT NULL,
	"series_instance_uid" text NOT NULL,
	"modality" text DEFAULT '' NOT NULL,
	"series_number" integer,
	"series_description" text DEFAULT '' NOT NULL,
	"body_part_examined" text DEFAULT '' NOT NULL,
	"laterality" text DEFAULT '' NOT NULL,
	"series_date" date,
	"series_time" time(6),
	"performed_step_start_date" date,
	"performed_step_start_time" time(6),
	"instance_count" integer DEFAULT 0 NOT NULL,
	"attributes" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "series" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "instances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_id" uuid NOT NULL,
	"series_id" uuid NOT NULL,
	"sop_instance_uid" text NOT NULL,
	"sop_class_uid" text NOT NULL,
	"transfer_syntax_uid" text NOT NULL,
	"instance_number" integer,
	"rows" integer,
	"columns" integer,
	"bits_allocated" integer,
	"frames" integer DEFAULT 0 NOT NULL,
	"content_date" text,
	"content_time" text,
	"image_kind" text NOT NULL,
	"teeth" text[] DEFAULT '{}' NOT NULL,
	"metadata" text NOT NULL,
	"frame_index" jsonb,
	"bulk_index" jsonb,
	"file_bytes" bigint NOT NULL,
	"file_sha256" "bytea" NOT NULL,
	"file_md5" text NOT NULL,
	"data_set_digest" "bytea" NOT NULL,
	"archive_id" text DEFAULT 'default' NOT NULL,
	"orthanc_id" text NOT NULL,
	"held_by_archive" boolean NOT NULL,
	"original_state" text NOT NULL,
	"rendition_state" text DEFAULT 'pending' NOT NULL,
	"rendition_reason" text,
	"origin" text NOT NULL,
	"calling_ae_title" text,
	"arrived_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "instances" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "instance_conflicts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"instance_id" uuid NOT NULL,
	"data_set_digest" "bytea" NOT NULL,
	"file_bytes" bigint NOT NULL,
	"calling_ae_title" text,
	"decided_at" timestamp with time zone,
	"arrived_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "instance_conflicts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "quarantined_arrivals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"archive_id" text DEFAULT 'default' NOT NULL,
	"orthanc_id" text NOT NULL,
	"spool_name" text DEFAULT '' NOT NULL,
	"file_md5" text DEFAULT '' NOT NULL,
	"called_ae_title" text NOT NULL,
	"calling_ae_title" text NOT NULL,
	"remote_address" text NOT NULL,
	"reason" text NOT NULL,
	"bytes" bigint NOT NULL,
	"arrived_at" timestamp with time zone DEFAULT now() NOT NULL,
	"assigned_tenant_id" uuid,
	"assigned_at" timestamp with time zone,
	"ingested_at" timestamp with time zone,
	"failure" text
);
--> statement-breakpoint
ALTER TABLE "quarantined_arrivals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "archive_checkpoints" (
	"archive_id" text PRIMARY KEY NOT NULL,
	"last_change" bigint NOT NULL,
	"database_id" text DEFAULT '' NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "archive_checkpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "shares" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"recipient" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"opened_count" integer DEFAULT 0 NOT NULL,
	"last_opened_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "shares" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "share_sessions" (
	"id_hash" "bytea" PRIMARY KEY NOT NULL,
	"public_id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"share_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "share_sessions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_events" (
	"chain_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"session_id" text,
	"address" text,
	"patient_id" uuid,
	"study_id" uuid,
	"detail" jsonb NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	CONSTRAINT "audit_events_chain_id_position_pk" PRIMARY KEY("chain_id","position")
);
--> statement-breakpoint
ALTER TABLE "audit_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_chains" (
	"chain_id" uuid PRIMARY KEY NOT NULL,
	"last_position" bigint NOT NULL,
	"last_hash" "bytea" NOT NULL,
	"anchored_position" bigint DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "audit_chains" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "series_metadata" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"series_id" uuid NOT NULL,
	"key" text NOT NULL,
	"gzip" "bytea" NOT NULL,
	"made_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "series_metadata" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ae_titles" ADD CONSTRAINT "ae_titles_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "devices" ADD CONSTRAINT "devices_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_active_tenant_id_tenants_id_fk" FOREIGN KEY ("active_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patients" ADD CONSTRAINT "patients_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_identifiers" ADD CONSTRAINT "patient_identifiers_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "patient_identifiers" ADD CONSTRAINT "patient_identifiers_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "studies" ADD CONSTRAINT "studies_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "studies" ADD CONSTRAINT "studies_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series" ADD CONSTRAINT "series_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series" ADD CONSTRAINT "series_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_series_id_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."series"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instance_conflicts" ADD CONSTRAINT "instance_conflicts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instance_conflicts" ADD CONSTRAINT "instance_conflicts_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantined_arrivals" ADD CONSTRAINT "quarantined_arrivals_assigned_tenant_id_tenants_id_fk" FOREIGN KEY ("assigned_tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_sessions" ADD CONSTRAINT "share_sessions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_sessions" ADD CONSTRAINT "share_sessions_share_id_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."shares"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series_metadata" ADD CONSTRAINT "series_metadata_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "series_metadata" ADD CONSTRAINT "series_metadata_series_id_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."series"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "tenants_slug" ON "tenants" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "tenants_created" ON "tenants" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "ae_titles_ae_title" ON "ae_titles" USING btree ("ae_title");--> statement-breakpoint
CREATE UNIQUE INDEX "devices_tenant_ae_title" ON "devices" USING btree ("tenant_id","ae_title");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "memberships_tenant" ON "memberships" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "api_tokens_hash" ON "api_tokens" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "patients_tenant_name" ON "patients" USING btree ("tenant_id","name_fold");--> statement-breakpoint
CREATE INDEX "patients_tenant_birth" ON "patients" USING btree ("tenant_id","birth_date");--> statement-breakpoint
CREATE UNIQUE INDEX "patient_identifiers_value" ON "patient_identifiers" USING btree ("tenant_id","kind","issuer","value");--> statement-breakpoint
CREATE INDEX "patient_identifiers_patient" ON "patient_identifiers" USING btree ("patient_id");--> statement-breakpoint
CREATE UNIQUE INDEX "studies_tenant_uid" ON "studies" USING btree ("tenant_id","study_instance_uid");--> statement-breakpoint
CREATE INDEX "studies_tenant_date" ON "studies" USING btree ("tenant_id","study_date" DESC NULLS LAST,"study_time" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "studies_tenant_patient" ON "studies" USING btree ("tenant_id","patient_id");--> statement-breakpoint
CREATE INDEX "studies_tenant_dicom_patient" ON "studies" USING btree ("tenant_id","dicom_patient_id");--> statement-breakpoint
CREATE INDEX "studies_tenant_accession" ON "studies" USING btree ("tenant_id","accession_number");--> statement-breakpoint
CREATE INDEX "studies_tenant_name" ON "studies" USING btree ("tenant_id","patient_name_fold");--> statement-breakpoint
CREATE INDEX "studies_modalities" ON "studies" USING gin ("modalities");--> statement-breakpoint
CREATE UNIQUE INDEX "series_study_uid" ON "series" USING btree ("study_id","series_instance_uid");--> statement-breakpoint
CREATE INDEX "series_tenant_uid" ON "series" USING btree ("tenant_id","series_instance_uid");--> statement-breakpoint
CREATE UNIQUE INDEX "instances_tenant_uid" ON "instances" USING btree ("tenant_id","sop_instance_uid");--> statement-breakpoint
CREATE INDEX "instances_series" ON "instances" USING btree ("series_id","instance_number");--> statement-breakpoint
CREATE INDEX "instances_study" ON "instances" USING btree ("study_id");--> statement-breakpoint
CREATE INDEX "instances_orthanc" ON "instances" USING btree ("orthanc_id");--> statement-breakpoint
CREATE INDEX "instances_pending" ON "instances" USING btree ("tenant_id","original_state","arrived_at");--> statement-breakpoint
CREATE UNIQUE INDEX "instance_conflicts_digest" ON "instance_conflicts" USING btree ("tenant_id","instance_id","data_set_digest");--> statement-breakpoint
CREATE INDEX "instance_conflicts_open" ON "instance_conflicts" USING btree ("tenant_id","decided_at");--> statement-breakpoint
CREATE UNIQUE INDEX "quarantined_arrivals_once" ON "quarantined_arrivals" USING btree ("archive_id","orthanc_id","spool_name","called_ae_title");--> statement-breakpoint
CREATE INDEX "quarantined_arrivals_group" ON "quarantined_arrivals" USING btree ("called_ae_title","calling_ae_title","remote_address");--> statement-breakpoint
CREATE UNIQUE INDEX "shares_token" ON "shares" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "shares_tenant_study" ON "shares" USING btree ("tenant_id","study_id");--> statement-breakpoint
CREATE INDEX "share_sessions_share" ON "share_sessions" USING btree ("share_id");--> statement-breakpoint
CREATE INDEX "audit_events_at" ON "audit_events" USING btree ("chain_id","at");--> statement-breakpoint
CREATE INDEX "audit_events_study" ON "audit_events" USING btree ("chain_id","study_id","at");--> statement-breakpoint
CREATE INDEX "audit_events_patient" ON "audit_events" USING btree ("chain_id","patient_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "series_metadata_key" ON "series_metadata" USING btree ("series_id","key");--> statement-breakpoint
CREATE INDEX "series_metadata_tenant" ON "series_metadata" USING btree ("tenant_id");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "tenants" AS PERMISSIVE FOR SELECT TO "bitewing_app" USING ("tenants"."id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "ae_titles" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("ae_titles"."tenant_id" = current_tenant_id()) WITH CHECK ("ae_titles"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "devices" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("devices"."tenant_id" = current_tenant_id()) WITH CHECK ("devices"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "memberships" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("memberships"."tenant_id" = current_tenant_id()) WITH CHECK ("memberships"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "api_tokens" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("api_tokens"."tenant_id" = current_tenant_id()) WITH CHECK ("api_tokens"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patients" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patients"."tenant_id" = current_tenant_id()) WITH CHECK ("patients"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "patient_identifiers" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("patient_identifiers"."tenant_id" = current_tenant_id()) WITH CHECK ("patient_identifiers"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "studies" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("studies"."tenant_id" = current_tenant_id()) WITH CHECK ("studies"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "series" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("series"."tenant_id" = current_tenant_id()) WITH CHECK ("series"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "instances" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("instances"."tenant_id" = current_tenant_id()) WITH CHECK ("instances"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "instance_conflicts" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("instance_conflicts"."tenant_id" = current_tenant_id()) WITH CHECK ("instance_conflicts"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "system_only" ON "quarantined_arrivals" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "system_only" ON "archive_checkpoints" AS PERMISSIVE FOR ALL TO "bitewing_app" USING (is_system()) WITH CHECK (is_system());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "shares" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("shares"."tenant_id" = current_tenant_id()) WITH CHECK ("shares"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "share_sessions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("share_sessions"."tenant_id" = current_tenant_id()) WITH CHECK ("share_sessions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "read_own" ON "audit_events" AS PERMISSIVE FOR SELECT TO "bitewing_app" USING ("audit_events"."chain_id" = current_audit_chain());--> statement-breakpoint
CREATE POLICY "append_own" ON "audit_events" AS PERMISSIVE FOR INSERT TO "bitewing_app" WITH CHECK ("audit_events"."chain_id" = current_audit_chain());--> statement-breakpoint
CREATE POLICY "own_chain" ON "audit_chains" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("audit_chains"."chain_id" = current_audit_chain()) WITH CHECK ("audit_chains"."chain_id" = current_audit_chain());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "series_metadata" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("series_metadata"."tenant_id" = current_tenant_id()) WITH CHECK ("series_metadata"."tenant_id" = current_tenant_id());