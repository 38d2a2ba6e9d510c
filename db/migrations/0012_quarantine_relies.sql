-- What waits in quarantine may lie in Orthanc alone: it relies on the file as a practice's instance does.
CREATE OR REPLACE FUNCTION door_orthanc_references(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- How many practices' instances and waiting arrivals point at one Orthanc resource: it may only be deleted at the last.
DECLARE total bigint := 0; part bigint; t uuid; asked text := current_setting('bitewing.tenant_id', true);
BEGIN
  SELECT count(*) INTO total FROM quarantined_arrivals q WHERE q.orthanc_id = wanted AND q.ingested_at IS NULL;
  FOR t IN SELECT tenants.id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    SELECT count(*) INTO part FROM instances i WHERE i.orthanc_id = wanted AND i.held_by_archive;
    total := total + part;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
  RETURN total;
END $$;
