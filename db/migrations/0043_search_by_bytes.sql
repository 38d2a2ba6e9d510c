-- An id is searched whatever its case. lower() is not leakproof, so that row-level security keeps the planner from an index
-- on it: the folded id is a column of its own.
ALTER TABLE "studies" ADD COLUMN "dicom_patient_id_fold" text GENERATED ALWAYS AS (lower("dicom_patient_id")) STORED,
  ADD COLUMN "accession_number_fold" text GENERATED ALWAYS AS (lower("accession_number")) STORED;--> statement-breakpoint
DROP INDEX "studies_tenant_accession";--> statement-breakpoint
-- Neither is LIKE. What begins with some text is a range where text is ordered by its bytes, and comparing is leakproof.
-- deletion_id, as in migration 0010, lets a total be counted in the index alone.
CREATE INDEX "studies_tenant_patient_id_fold" ON "studies" USING btree ("tenant_id","dicom_patient_id_fold" COLLATE "C") INCLUDE ("deletion_id");--> statement-breakpoint
CREATE INDEX "studies_tenant_accession_fold" ON "studies" USING btree ("tenant_id","accession_number_fold" COLLATE "C") INCLUDE ("deletion_id");--> statement-breakpoint
DROP INDEX "studies_tenant_name";--> statement-breakpoint
CREATE INDEX "studies_tenant_name" ON "studies" USING btree ("tenant_id","patient_name_fold" COLLATE "C") INCLUDE ("deletion_id");
