CREATE TABLE "mounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"template" text NOT NULL,
	"day" date,
	"images" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "mounts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mounts_patient" ON "mounts" USING btree ("tenant_id","patient_id","day");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "mounts" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("mounts"."tenant_id" = current_tenant_id()) WITH CHECK ("mounts"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "mounts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "mounts" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON mounts TO bitewing_app;
