CREATE TABLE "share_comparisons" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"share_id" uuid NOT NULL,
	"comparison_id" uuid NOT NULL,
	"title" text NOT NULL,
	"mode" text NOT NULL,
	"images" jsonb NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "share_comparisons" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "shares" DROP CONSTRAINT "shares_open_one_thing";--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_share_id_shares_id_fk" FOREIGN KEY ("share_id") REFERENCES "public"."shares"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_comparison_id_comparisons_id_fk" FOREIGN KEY ("comparison_id") REFERENCES "public"."comparisons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "share_comparisons_share" ON "share_comparisons" USING btree ("share_id");--> statement-breakpoint
CREATE INDEX "share_comparisons_comparison" ON "share_comparisons" USING btree ("comparison_id");--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_open_one_thing" CHECK ("shares"."study_id" IS NULL OR "shares"."plan_version_id" IS NULL);--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "share_comparisons" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("share_comparisons"."tenant_id" = current_tenant_id()) WITH CHECK ("share_comparisons"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "share_comparisons" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "share_comparisons" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON share_comparisons TO bitewing_app;
