-- A search counts all that it matches, for its Warning. With what the policy asks lying in the index itself, Postgres
-- counts there, and not in the thousands of pages over which a practice's studies lie scattered. No further columns:
-- an index entry has at most 2704 bytes, and what devices send may be long.
DROP INDEX "studies_tenant_date";--> statement-breakpoint
CREATE INDEX "studies_tenant_date" ON "studies" USING btree ("tenant_id","study_date" DESC NULLS LAST,"study_time" DESC NULLS LAST,"id") INCLUDE ("deletion_id");--> statement-breakpoint
DROP INDEX "studies_tenant_name";--> statement-breakpoint
CREATE INDEX "studies_tenant_name" ON "studies" USING btree ("tenant_id","patient_name_fold") INCLUDE ("deletion_id");
