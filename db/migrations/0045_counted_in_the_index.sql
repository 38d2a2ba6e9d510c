-- What a search by modality matches, and one by words of a name, is counted and put in order in an index alone too. An index
-- entry has at most 2704 bytes, and what devices send may be long: of a study's modalities so many are kept as have room.
CREATE FUNCTION cut_modalities() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  NEW.modalities := (
    SELECT coalesce(array_agg(kept.modality ORDER BY kept.modality), '{}')
    FROM (
      SELECT given.modality, sum(octet_length(given.modality) + 8) OVER (ORDER BY given.modality) AS bytes
      FROM unnest(NEW.modalities) AS given (modality)
    ) AS kept
    WHERE kept.bytes <= 900
  );
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER cut_modalities BEFORE INSERT OR UPDATE OF modalities ON studies FOR EACH ROW
  WHEN (pg_column_size(NEW.modalities) > 1000) EXECUTE FUNCTION cut_modalities();
--> statement-breakpoint
-- of every practice, by whoever owns the table
ALTER TABLE studies NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
UPDATE studies SET modalities = modalities || '{}'::text[] WHERE octet_length(array_to_string(modalities, '')) > 500;
--> statement-breakpoint
ALTER TABLE studies FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
DROP INDEX "studies_tenant_date";
--> statement-breakpoint
CREATE INDEX "studies_tenant_date" ON "studies" USING btree ("tenant_id","study_date" DESC NULLS LAST,"study_time" DESC NULLS LAST,"id") INCLUDE ("deletion_id","modalities");
--> statement-breakpoint
DROP INDEX "studies_tenant_name";
--> statement-breakpoint
CREATE INDEX "studies_tenant_name" ON "studies" USING btree ("tenant_id","patient_name_fold" COLLATE "C") INCLUDE ("deletion_id","study_date","study_time","id");
