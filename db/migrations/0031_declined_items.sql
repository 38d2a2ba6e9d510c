ALTER TABLE "plan_signatures" ADD COLUMN "declined_items" uuid[];--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD COLUMN "accepted_cents" bigint;
