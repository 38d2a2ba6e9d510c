CREATE TABLE "plan_milestone_states" (
	"plan_id" uuid NOT NULL,
	"milestone_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"expected" date,
	"actual" date,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plan_milestone_states_plan_id_milestone_id_pk" PRIMARY KEY("plan_id","milestone_id")
);
--> statement-breakpoint
ALTER TABLE "plan_milestone_states" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "plan_item_states" ADD COLUMN "due" date;--> statement-breakpoint
ALTER TABLE "procedures" ADD COLUMN "milestones" jsonb DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "plan_milestone_states" ADD CONSTRAINT "plan_milestone_states_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_milestone_states" ADD CONSTRAINT "plan_milestone_states_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_milestone_states" ADD CONSTRAINT "plan_milestone_states_plan_id_same_tenant" FOREIGN KEY ("tenant_id","plan_id") REFERENCES "public"."plans"("tenant_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "plan_item_states_due" ON "plan_item_states" USING btree ("tenant_id","due") WHERE due IS NOT NULL;--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "plan_milestone_states" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("plan_milestone_states"."tenant_id" = current_tenant_id()) WITH CHECK ("plan_milestone_states"."tenant_id" = current_tenant_id());--> statement-breakpoint
ALTER TABLE "plan_milestone_states" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY "owner_in_tenant" ON "plan_milestone_states" FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id());--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON plan_milestone_states TO bitewing_app;
