-- A name is looked for as people say it: `lheureux` and `dangelo` find L'Heureux and D'Angelo, `stonge` finds St-Onge. Where a
-- word has one or two letters, it and the next one are a key together too.
CREATE FUNCTION name_words(fold text) RETURNS TABLE (word text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  WITH parts AS (
    SELECT t.part, lead(t.part) OVER (ORDER BY t.place) AS next
    FROM string_to_table(fold, ' ') WITH ORDINALITY AS t (part, place) WHERE t.part <> ''
  )
  SELECT left(part, 200) FROM parts UNION SELECT left(part || next, 200) FROM parts WHERE length(part) <= 2 AND next IS NOT NULL
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_keep_name_keys(wanted uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM patient_keys WHERE patient_id = wanted AND kind = 'name';
  INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
    WITH RECURSIVE one AS (
      SELECT wanted AS id UNION SELECT p.id FROM one JOIN patients p ON p.merged_into = one.id
    ), named AS (
      SELECT p.tenant_id, p.name_fold FROM one JOIN patients p ON p.id = one.id
      UNION SELECT f.tenant_id, f.name_fold FROM one JOIN former_identities f ON f.patient_id = one.id
    )
    SELECT DISTINCT named.tenant_id, 'name', found.word, wanted FROM named, name_words(named.name_fold) AS found;
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION keep_patient_keys() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
      SELECT NEW.tenant_id, 'name', found.word, NEW.id FROM name_words(NEW.name_fold) AS found
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
-- Who is there already.
DO $$ DECLARE t uuid; asked text := current_setting('bitewing.tenant_id', true); BEGIN
  FOR t IN SELECT id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    INSERT INTO patient_keys (tenant_id, kind, key, patient_id)
      SELECT p.tenant_id, 'name', found.word, p.id FROM patients p, name_words(p.name_fold) AS found
      ON CONFLICT DO NOTHING;
    PERFORM door_keep_name_keys(p) FROM (
      SELECT patient_id AS p FROM former_identities UNION SELECT merged_into FROM patients WHERE merged_into IS NOT NULL) AS known;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
END $$;
