CREATE TABLE "photograph_views" (
	"instance_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"view" text,
	"assigned_by" uuid NOT NULL,
	"assigned_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "photograph_views" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "orthodontic_cases" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"content" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mounts" ADD COLUMN "label" text;--> statement-breakpoint
ALTER TABLE "mounts" ADD COLUMN "stage" text;--> statement-breakpoint
ALTER TABLE "photograph_views" ADD CONSTRAINT "photograph_views_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "photograph_views" ADD CONSTRAINT "photograph_views_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "photograph_views" ADD CONSTRAINT "photograph_views_assigned_by_users_id_fk" FOREIGN KEY ("assigned_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ADD CONSTRAINT "orthodontic_cases_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ADD CONSTRAINT "orthodontic_cases_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ADD CONSTRAINT "orthodontic_cases_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ADD CONSTRAINT "orthodontic_cases_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "orthodontic_cases_patient" ON "orthodontic_cases" USING btree ("tenant_id","patient_id");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "photograph_views" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("photograph_views"."tenant_id" = current_tenant_id()) WITH CHECK ("photograph_views"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "orthodontic_cases" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("orthodontic_cases"."tenant_id" = current_tenant_id()) WITH CHECK ("orthodontic_cases"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "photograph_views" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "orthodontic_cases" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "photograph_views" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "orthodontic_cases" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON photograph_views, orthodontic_cases TO bitewing_app;
