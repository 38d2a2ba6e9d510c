ALTER TABLE "tenants" ADD COLUMN "opening_hours" jsonb;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "mount_settings" jsonb;--> statement-breakpoint
ALTER TABLE "former_identities" ADD COLUMN "name_fold" text;--> statement-breakpoint
GRANT UPDATE (opening_hours, mount_settings) ON tenants TO bitewing_app;
--> statement-breakpoint
-- A patient is found by what they are called, by what they were called, and by the names of records that went into theirs.
CREATE FUNCTION door_keep_name_keys(wanted uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM patient_keys WHERE patient_id = wanted AND kind = 'name';
  INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
    WITH RECURSIVE one AS (
      SELECT wanted AS id UNION SELECT p.id FROM one JOIN patients p ON p.merged_into = one.id
    ), named AS (
      SELECT p.tenant_id, p.name_fold FROM one JOIN patients p ON p.id = one.id
      UNION SELECT f.tenant_id, f.name_fold FROM one JOIN former_identities f ON f.patient_id = one.id
    )
    SELECT DISTINCT tenant_id, 'name', left(word, 200), wanted FROM named, string_to_table(name_fold, ' ') AS word WHERE word <> '';
$$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION door_keep_name_keys(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_keep_name_keys(uuid) TO bitewing_app;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION keep_patient_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
      SELECT NEW.tenant_id, 'name', left(word, 200), NEW.id FROM string_to_table(NEW.name_fold, ' ') AS word WHERE word <> ''
      UNION SELECT NEW.tenant_id, found.kind, found.key, NEW.id FROM patient_phone_keys(NEW.phone) AS found;
  ELSE
    DELETE FROM patient_keys WHERE patient_id = OLD.id AND kind IN ('phone', 'phone-end');
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
      SELECT NEW.tenant_id, found.kind, found.key, NEW.id FROM patient_phone_keys(NEW.phone) AS found;
    PERFORM door_keep_name_keys(NEW.id);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION keep_merged_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  PERFORM door_keep_name_keys(id) FROM unnest(ARRAY[OLD.merged_into, NEW.merged_into]) AS id WHERE id IS NOT NULL;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER keep_keys_merged AFTER UPDATE OF merged_into ON patients FOR EACH ROW
  WHEN (OLD.merged_into IS DISTINCT FROM NEW.merged_into) EXECUTE FUNCTION keep_merged_keys();
--> statement-breakpoint
CREATE FUNCTION keep_former_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  PERFORM door_keep_name_keys(id) FROM unnest(ARRAY[OLD.patient_id, NEW.patient_id]) AS id WHERE id IS NOT NULL;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Who is there already: folded as the app folds names.
DO $$ DECLARE t uuid; asked text := current_setting('bitewing.tenant_id', true); BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    UPDATE former_identities SET name_fold = left(btrim(regexp_replace(
      replace(replace(lower(regexp_replace(normalize(family_name || ' ' || given_name, NFKD), '[\u0300-\u036f]', '', 'g')), 'œ', 'oe'), 'æ', 'ae'),
      '[\s^=,.''’‘`-]+', ' ', 'g')), 500);
    PERFORM door_keep_name_keys(p) FROM (
      SELECT patient_id AS p FROM former_identities UNION SELECT merged_into FROM patients WHERE merged_into IS NOT NULL) AS known;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
END $$;
--> statement-breakpoint
ALTER TABLE "former_identities" ALTER COLUMN "name_fold" SET NOT NULL;
--> statement-breakpoint
CREATE TRIGGER keep_keys AFTER INSERT OR UPDATE OF patient_id ON former_identities FOR EACH ROW EXECUTE FUNCTION keep_former_keys();
