CREATE TABLE "annotation_versions" (
	"annotation_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"points" jsonb NOT NULL,
	"text" text NOT NULL,
	"millimetres" text,
	"is_deleted" boolean NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "annotation_versions_annotation_id_version_pk" PRIMARY KEY("annotation_id","version")
);
--> statement-breakpoint
ALTER TABLE "annotation_versions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "annotations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"instance_id" uuid NOT NULL,
	"frame" integer NOT NULL,
	"kind" text NOT NULL,
	"points" jsonb NOT NULL,
	"text" text NOT NULL,
	"millimetres" text,
	"measured" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "annotations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "annotation_versions" ADD CONSTRAINT "annotation_versions_annotation_id_annotations_id_fk" FOREIGN KEY ("annotation_id") REFERENCES "public"."annotations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotation_versions" ADD CONSTRAINT "annotation_versions_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotation_versions" ADD CONSTRAINT "annotation_versions_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "annotations" ADD CONSTRAINT "annotations_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "annotations_instance" ON "annotations" USING btree ("instance_id","frame");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "annotation_versions" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("annotation_versions"."tenant_id" = current_tenant_id()) WITH CHECK ("annotation_versions"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "annotations" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("annotations"."tenant_id" = current_tenant_id()) WITH CHECK ("annotations"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "annotations" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "annotation_versions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "annotations" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "annotation_versions" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON annotations TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT ON annotation_versions TO bitewing_app;
