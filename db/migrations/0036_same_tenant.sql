-- References between a practice's rows name the practice too: Postgres itself refuses another practice's id, which so far
-- every route did. Columns that are null refer to nothing, as before (MATCH SIMPLE).
--
-- What is there is checked as well. With row-level security forced the owner sees nobody's rows, and a check of none
-- succeeds: it is off for the owner until the end of this transaction.
DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT attrelid FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND c.relkind = 'r' AND c.relforcerowsecurity
    WHERE attname = 'tenant_id' AND c.relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE "patients" DROP CONSTRAINT "patients_merged_into_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_identifiers" DROP CONSTRAINT "patient_identifiers_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "former_identities" DROP CONSTRAINT "former_identities_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_merge_rows" DROP CONSTRAINT "patient_merge_rows_merge_id_patient_merges_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_merges" DROP CONSTRAINT "patient_merges_kept_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_merges" DROP CONSTRAINT "patient_merges_merged_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_distinctions" DROP CONSTRAINT "patient_distinctions_one_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_distinctions" DROP CONSTRAINT "patient_distinctions_other_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "deleted_instances" DROP CONSTRAINT "deleted_instances_deletion_id_deletions_id_fk";
--> statement-breakpoint
ALTER TABLE "studies" DROP CONSTRAINT "studies_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "studies" DROP CONSTRAINT "studies_deletion_id_deletions_id_fk";
--> statement-breakpoint
ALTER TABLE "series" DROP CONSTRAINT "series_study_id_studies_id_fk";
--> statement-breakpoint
ALTER TABLE "series" DROP CONSTRAINT "series_deletion_id_deletions_id_fk";
--> statement-breakpoint
ALTER TABLE "instances" DROP CONSTRAINT "instances_study_id_studies_id_fk";
--> statement-breakpoint
ALTER TABLE "instances" DROP CONSTRAINT "instances_series_id_series_id_fk";
--> statement-breakpoint
ALTER TABLE "instances" DROP CONSTRAINT "instances_deletion_id_deletions_id_fk";
--> statement-breakpoint
ALTER TABLE "shares" DROP CONSTRAINT "shares_study_id_studies_id_fk";
--> statement-breakpoint
ALTER TABLE "shares" DROP CONSTRAINT "shares_plan_version_id_plan_versions_id_fk";
--> statement-breakpoint
ALTER TABLE "share_sessions" DROP CONSTRAINT "share_sessions_share_id_shares_id_fk";
--> statement-breakpoint
ALTER TABLE "series_metadata" DROP CONSTRAINT "series_metadata_series_id_series_id_fk";
--> statement-breakpoint
ALTER TABLE "comparisons" DROP CONSTRAINT "comparisons_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "share_comparisons" DROP CONSTRAINT "share_comparisons_share_id_shares_id_fk";
--> statement-breakpoint
ALTER TABLE "share_comparisons" DROP CONSTRAINT "share_comparisons_comparison_id_comparisons_id_fk";
--> statement-breakpoint
ALTER TABLE "mounts" DROP CONSTRAINT "mounts_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "ceph_points" DROP CONSTRAINT "ceph_points_tracing_id_ceph_tracings_id_fk";
--> statement-breakpoint
ALTER TABLE "orthodontic_cases" DROP CONSTRAINT "orthodontic_cases_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "annotation_versions" DROP CONSTRAINT "annotation_versions_annotation_id_annotations_id_fk";
--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" DROP CONSTRAINT "tooth_finding_versions_finding_id_tooth_findings_id_fk";
--> statement-breakpoint
ALTER TABLE "tooth_findings" DROP CONSTRAINT "tooth_findings_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "tooth_findings" DROP CONSTRAINT "tooth_findings_annotation_id_annotations_id_fk";
--> statement-breakpoint
ALTER TABLE "ai_reviews" DROP CONSTRAINT "ai_reviews_tooth_finding_id_tooth_findings_id_fk";
--> statement-breakpoint
ALTER TABLE "volume_drawings" DROP CONSTRAINT "volume_drawings_series_id_series_id_fk";
--> statement-breakpoint
ALTER TABLE "treatment_cases" DROP CONSTRAINT "treatment_cases_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "plans" DROP CONSTRAINT "plans_case_id_treatment_cases_id_fk";
--> statement-breakpoint
ALTER TABLE "plan_versions" DROP CONSTRAINT "plan_versions_plan_id_plans_id_fk";
--> statement-breakpoint
ALTER TABLE "plan_signatures" DROP CONSTRAINT "plan_signatures_version_id_plan_versions_id_fk";
--> statement-breakpoint
ALTER TABLE "plan_signatures" DROP CONSTRAINT "plan_signatures_share_id_shares_id_fk";
--> statement-breakpoint
ALTER TABLE "plan_item_states" DROP CONSTRAINT "plan_item_states_plan_id_plans_id_fk";
--> statement-breakpoint
ALTER TABLE "appointments" DROP CONSTRAINT "appointments_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "appointments" DROP CONSTRAINT "appointments_plan_id_plans_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_alerts" DROP CONSTRAINT "patient_alerts_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_note_versions" DROP CONSTRAINT "patient_note_versions_note_id_patient_notes_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_notes" DROP CONSTRAINT "patient_notes_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "patient_keys" DROP CONSTRAINT "patient_keys_patient_id_patients_id_fk";
--> statement-breakpoint
ALTER TABLE "opened_patients" DROP CONSTRAINT "opened_patients_patient_id_patients_id_fk";
--> statement-breakpoint
CREATE UNIQUE INDEX "patients_tenant_id" ON "patients" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "patient_merges_tenant_id" ON "patient_merges" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "deletions_tenant_id" ON "deletions" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "studies_tenant_id" ON "studies" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "series_tenant_id" ON "series" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "shares_tenant_id" ON "shares" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "comparisons_tenant_id" ON "comparisons" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "ceph_tracings_tenant_id" ON "ceph_tracings" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "annotations_tenant_id" ON "annotations" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "tooth_findings_tenant_id" ON "tooth_findings" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "treatment_cases_tenant_id" ON "treatment_cases" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "plans_tenant_id" ON "plans" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "plan_versions_tenant_id" ON "plan_versions" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "patient_notes_tenant_id" ON "patient_notes" USING btree ("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patients" ADD CONSTRAINT "patients_merged_into_same_tenant" FOREIGN KEY ("tenant_id","merged_into") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_identifiers" ADD CONSTRAINT "patient_identifiers_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "former_identities" ADD CONSTRAINT "former_identities_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_merge_rows" ADD CONSTRAINT "patient_merge_rows_merge_id_same_tenant" FOREIGN KEY ("tenant_id","merge_id") REFERENCES "public"."patient_merges"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_kept_id_same_tenant" FOREIGN KEY ("tenant_id","kept_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_merges" ADD CONSTRAINT "patient_merges_merged_id_same_tenant" FOREIGN KEY ("tenant_id","merged_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_one_id_same_tenant" FOREIGN KEY ("tenant_id","one_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_distinctions" ADD CONSTRAINT "patient_distinctions_other_id_same_tenant" FOREIGN KEY ("tenant_id","other_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "deleted_instances" ADD CONSTRAINT "deleted_instances_deletion_id_same_tenant" FOREIGN KEY ("tenant_id","deletion_id") REFERENCES "public"."deletions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "studies" ADD CONSTRAINT "studies_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "studies" ADD CONSTRAINT "studies_deletion_id_same_tenant" FOREIGN KEY ("tenant_id","deletion_id") REFERENCES "public"."deletions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "series" ADD CONSTRAINT "series_study_id_same_tenant" FOREIGN KEY ("tenant_id","study_id") REFERENCES "public"."studies"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "series" ADD CONSTRAINT "series_deletion_id_same_tenant" FOREIGN KEY ("tenant_id","deletion_id") REFERENCES "public"."deletions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_study_id_same_tenant" FOREIGN KEY ("tenant_id","study_id") REFERENCES "public"."studies"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_series_id_same_tenant" FOREIGN KEY ("tenant_id","series_id") REFERENCES "public"."series"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "instances" ADD CONSTRAINT "instances_deletion_id_same_tenant" FOREIGN KEY ("tenant_id","deletion_id") REFERENCES "public"."deletions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_study_id_same_tenant" FOREIGN KEY ("tenant_id","study_id") REFERENCES "public"."studies"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_plan_version_id_same_tenant" FOREIGN KEY ("tenant_id","plan_version_id") REFERENCES "public"."plan_versions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "share_sessions" ADD CONSTRAINT "share_sessions_share_id_same_tenant" FOREIGN KEY ("tenant_id","share_id") REFERENCES "public"."shares"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "series_metadata" ADD CONSTRAINT "series_metadata_series_id_same_tenant" FOREIGN KEY ("tenant_id","series_id") REFERENCES "public"."series"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "comparisons" ADD CONSTRAINT "comparisons_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_share_id_same_tenant" FOREIGN KEY ("tenant_id","share_id") REFERENCES "public"."shares"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "share_comparisons" ADD CONSTRAINT "share_comparisons_comparison_id_same_tenant" FOREIGN KEY ("tenant_id","comparison_id") REFERENCES "public"."comparisons"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "mounts" ADD CONSTRAINT "mounts_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "ceph_points" ADD CONSTRAINT "ceph_points_tracing_id_same_tenant" FOREIGN KEY ("tenant_id","tracing_id") REFERENCES "public"."ceph_tracings"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "orthodontic_cases" ADD CONSTRAINT "orthodontic_cases_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "annotation_versions" ADD CONSTRAINT "annotation_versions_annotation_id_same_tenant" FOREIGN KEY ("tenant_id","annotation_id") REFERENCES "public"."annotations"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "tooth_finding_versions" ADD CONSTRAINT "tooth_finding_versions_finding_id_same_tenant" FOREIGN KEY ("tenant_id","finding_id") REFERENCES "public"."tooth_findings"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_annotation_id_same_tenant" FOREIGN KEY ("tenant_id","annotation_id") REFERENCES "public"."annotations"("tenant_id","id") ON DELETE SET NULL ("annotation_id");
--> statement-breakpoint
ALTER TABLE "tooth_findings" ADD CONSTRAINT "tooth_findings_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "ai_reviews" ADD CONSTRAINT "ai_reviews_tooth_finding_id_same_tenant" FOREIGN KEY ("tenant_id","tooth_finding_id") REFERENCES "public"."tooth_findings"("tenant_id","id") ON DELETE SET NULL ("tooth_finding_id");
--> statement-breakpoint
ALTER TABLE "volume_drawings" ADD CONSTRAINT "volume_drawings_series_id_same_tenant" FOREIGN KEY ("tenant_id","series_id") REFERENCES "public"."series"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "treatment_cases" ADD CONSTRAINT "treatment_cases_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_case_id_same_tenant" FOREIGN KEY ("tenant_id","case_id") REFERENCES "public"."treatment_cases"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_plan_id_same_tenant" FOREIGN KEY ("tenant_id","plan_id") REFERENCES "public"."plans"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_version_id_same_tenant" FOREIGN KEY ("tenant_id","version_id") REFERENCES "public"."plan_versions"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "plan_signatures" ADD CONSTRAINT "plan_signatures_share_id_same_tenant" FOREIGN KEY ("tenant_id","share_id") REFERENCES "public"."shares"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "plan_item_states" ADD CONSTRAINT "plan_item_states_plan_id_same_tenant" FOREIGN KEY ("tenant_id","plan_id") REFERENCES "public"."plans"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_plan_id_same_tenant" FOREIGN KEY ("tenant_id","plan_id") REFERENCES "public"."plans"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_alerts" ADD CONSTRAINT "patient_alerts_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_note_versions" ADD CONSTRAINT "patient_note_versions_note_id_same_tenant" FOREIGN KEY ("tenant_id","note_id") REFERENCES "public"."patient_notes"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_notes" ADD CONSTRAINT "patient_notes_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id");
--> statement-breakpoint
ALTER TABLE "patient_keys" ADD CONSTRAINT "patient_keys_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
ALTER TABLE "opened_patients" ADD CONSTRAINT "opened_patients_patient_id_same_tenant" FOREIGN KEY ("tenant_id","patient_id") REFERENCES "public"."patients"("tenant_id","id") ON DELETE cascade;
--> statement-breakpoint
-- References to instances: a second unique index there would cost 0.5 GB for ten million images and a write for each one
-- that comes, so that these few tables look the practice up by the primary key instead.
CREATE FUNCTION same_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN
  -- as the owner, which sees what was deleted and may still come back, of this practice alone
  IF NOT EXISTS (SELECT FROM instances WHERE id = NEW.instance_id AND tenant_id = NEW.tenant_id) THEN
    RAISE foreign_key_violation USING MESSAGE = format('%s refers to an instance that its practice does not hold', TG_TABLE_NAME);
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
DO $$ DECLARE t text; foreign_rows bigint; BEGIN
  FOREACH t IN ARRAY ARRAY['ai_reviews', 'annotations', 'ceph_tracings', 'instance_conflicts', 'kept_renditions', 'model_scales',
    'photograph_views', 'recalls', 'tooth_findings'] LOOP
    EXECUTE format('SELECT count(*) FROM public.%I r JOIN instances i ON i.id = r.instance_id WHERE i.tenant_id <> r.tenant_id', t)
      INTO foreign_rows;
    IF foreign_rows > 0 THEN RAISE foreign_key_violation USING MESSAGE = t || ' refers to instances of other practices'; END IF;
    EXECUTE format('CREATE TRIGGER same_tenant BEFORE INSERT OR UPDATE OF tenant_id, instance_id ON public.%I FOR EACH ROW
      WHEN (NEW.instance_id IS NOT NULL) EXECUTE FUNCTION same_tenant()', t);
  END LOOP;
END $$;
--> statement-breakpoint
DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT attrelid FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND c.relkind = 'r' AND c.relrowsecurity
    WHERE attname = 'tenant_id' AND c.relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
