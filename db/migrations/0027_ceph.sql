CREATE TABLE "ceph_points" (
	"tracing_id" uuid NOT NULL,
	"landmark" text NOT NULL,
	"version" integer NOT NULL,
	"tenant_id" uuid NOT NULL,
	"state" text NOT NULL,
	"column_at" double precision,
	"row_at" double precision,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ceph_points_tracing_id_landmark_version_pk" PRIMARY KEY("tracing_id","landmark","version")
);
--> statement-breakpoint
ALTER TABLE "ceph_points" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ceph_tracings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"instance_id" uuid NOT NULL,
	"frame" integer NOT NULL,
	"calibration" jsonb NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "ceph_tracings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ceph_points" ADD CONSTRAINT "ceph_points_tracing_id_ceph_tracings_id_fk" FOREIGN KEY ("tracing_id") REFERENCES "public"."ceph_tracings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ceph_points" ADD CONSTRAINT "ceph_points_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ceph_points" ADD CONSTRAINT "ceph_points_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ceph_tracings" ADD CONSTRAINT "ceph_tracings_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ceph_tracings" ADD CONSTRAINT "ceph_tracings_instance_id_instances_id_fk" FOREIGN KEY ("instance_id") REFERENCES "public"."instances"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ceph_tracings" ADD CONSTRAINT "ceph_tracings_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ceph_tracings_instance" ON "ceph_tracings" USING btree ("instance_id","frame");--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "ceph_points" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("ceph_points"."tenant_id" = current_tenant_id()) WITH CHECK ("ceph_points"."tenant_id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "ceph_tracings" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("ceph_tracings"."tenant_id" = current_tenant_id()) WITH CHECK ("ceph_tracings"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "ceph_points" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ceph_tracings" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "ceph_points" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "ceph_tracings" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT ON ceph_points TO bitewing_app;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON ceph_tracings TO bitewing_app;
