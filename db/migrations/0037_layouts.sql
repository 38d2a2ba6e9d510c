CREATE TABLE "model_distances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"study_id" uuid NOT NULL,
	"from_place" jsonb NOT NULL,
	"to_place" jsonb NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "model_distances" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "mount_layouts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"rows" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "mount_layouts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "ceph_norms" jsonb;--> statement-breakpoint
ALTER TABLE "mounts" ADD COLUMN "layout" jsonb;--> statement-breakpoint
ALTER TABLE "model_distances" ADD CONSTRAINT "model_distances_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_distances" ADD CONSTRAINT "model_distances_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_distances" ADD CONSTRAINT "model_distances_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_distances" ADD CONSTRAINT "model_distances_study_id_same_tenant" FOREIGN KEY ("tenant_id","study_id") REFERENCES "public"."studies"("tenant_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mount_layouts" ADD CONSTRAINT "mount_layouts_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mount_layouts" ADD CONSTRAINT "mount_layouts_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mount_layouts" ADD CONSTRAINT "mount_layouts_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "model_distances_study" ON "model_distances" USING btree ("tenant_id","study_id");--> statement-breakpoint
CREATE INDEX "mount_layouts_tenant" ON "mount_layouts" USING btree ("tenant_id");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "model_distances" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("model_distances"."tenant_id" = current_tenant_id()) WITH CHECK ("model_distances"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "mount_layouts" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("mount_layouts"."tenant_id" = current_tenant_id()) WITH CHECK ("mount_layouts"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "model_distances" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mount_layouts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "model_distances" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "mount_layouts" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON model_distances, mount_layouts TO bitewing_app;--> statement-breakpoint
GRANT UPDATE (ceph_norms) ON tenants TO bitewing_app;--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_own_layout" CHECK (("template" = 'own') = ("layout" IS NOT NULL));
