CREATE TABLE "tooth_finding_versions" (
	"finding_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"surfaces" text[] NOT NULL,
	"detail" text NOT NULL,
	"note" text NOT NULL,
	"ended" text,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tooth_finding_versions_finding_id_version_pk" PRIMARY KEY("finding_id","version")
);
--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "tooth_findings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"patient_id" uuid NOT NULL,
	"tooth" text NOT NULL,
	"kind" text NOT NULL,
	"surfaces" text[] NOT NULL,
	"detail" text NOT NULL,
	"note" text NOT NULL,
	"ended" text,
	"instance_id" uuid,
	"annotation_id" uuid,
	"software" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "tooth_findings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ai_reviews" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"instance_id" uuid NOT NULL,
	"finding" text NOT NULL,
	"verdict" text NOT NULL,
	"tooth_finding_id" uuid,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "ai_reviews" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" ADD CONSTRAINT "tooth_finding_versions_finding_id_tooth_findings_id_fk" FOREIGN KEY ("finding_id") REFERENCES "public"."tooth_findings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" ADD CONSTRAINT "tooth_finding_versions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" ADD CONSTRAINT "tooth_finding_versions_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_patient_id_patients_id_fk" FOREIGN KEY ("patient_id") REFERENCES "public"."patients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_annotation_id_annotations_id_fk" FOREIGN KEY ("annotation_id") REFERENCES "public"."annotations"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_reviews" ADD CONSTRAINT "ai_reviews_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_reviews" ADD CONSTRAINT "ai_reviews_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_reviews" ADD CONSTRAINT "ai_reviews_tooth_finding_id_tooth_findings_id_fk" FOREIGN KEY ("tooth_finding_id") REFERENCES "public"."tooth_findings"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_reviews" ADD CONSTRAINT "ai_reviews_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "tooth_findings_patient" ON "tooth_findings" USING btree ("tenant_id","patient_id");--> statement-breakpoint
CREATE INDEX "ai_reviews_instance" ON "ai_reviews" USING btree ("instance_id","finding","created_at");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "tooth_finding_versions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("tooth_finding_versions"."tenant_id" = current_tenant_id()) WITH CHECK ("tooth_finding_versions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "tooth_findings" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("tooth_findings"."tenant_id" = current_tenant_id()) WITH CHECK ("tooth_findings"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "ai_reviews" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("ai_reviews"."tenant_id" = current_tenant_id()) WITH CHECK ("ai_reviews"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "tooth_findings" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ai_reviews" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "tooth_findings" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "tooth_finding_versions" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "ai_reviews" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON tooth_findings TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT ON tooth_finding_versions TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT ON ai_reviews TO bitewing_app;
