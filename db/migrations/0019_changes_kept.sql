-- The feed of changes is kept for a while; the newest of a practice stays, since the next is numbered after it.
CREATE INDEX "changes_tenant_at" ON "changes" USING btree ("tenant_id","at");--> statement-breakpoint
-- Only inside asSystem. What nobody has read yet is numbered first, so that a reader hears that it is gone.
CREATE FUNCTION door_trim_changes(kept interval) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE total bigint := 0; part bigint; t uuid; asked text := current_setting('bitewing.tenant_id', true);
BEGIN
  IF NOT is_system() THEN RETURN 0; END IF;
  FOR t IN SELECT tenants.id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    CONTINUE WHEN NOT EXISTS (
      SELECT FROM changes c WHERE c.tenant_id = t AND c.at < now() - kept
        AND c.id < (SELECT max(n.id) FROM changes n WHERE n.tenant_id = t));
    PERFORM pg_advisory_xact_lock(hashtextextended('changes ' || t, 0)); -- as readers do
    UPDATE changes c SET sequence = numbered.sequence
    FROM (
      SELECT fresh.id, (SELECT coalesce(max(n.sequence), 0) FROM changes n WHERE n.tenant_id = t)
        + row_number() OVER (ORDER BY fresh.id) AS sequence
      FROM changes fresh WHERE fresh.tenant_id = t AND fresh.sequence IS NULL
    ) numbered
    WHERE c.id = numbered.id;
    DELETE FROM changes c WHERE c.tenant_id = t AND c.at < now() - kept
      AND c.sequence < (SELECT max(n.sequence) FROM changes n WHERE n.tenant_id = t);
    GET DIAGNOSTICS part = ROW_COUNT;
    total := total + part;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
  RETURN total;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION door_trim_changes(interval) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_trim_changes(interval) TO bitewing_app;
--> statement-breakpoint
-- What a purge had to leave in Orthanc, since another practice relies on it: the feed of Orthanc, read anew, must not
-- bring it back to the practice that it was deleted from.
ALTER TABLE "deleted_instances" ADD COLUMN "left_orthanc_id" text;--> statement-breakpoint
ALTER TABLE "deleted_instances" ADD COLUMN "left_received_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deleted_instances_left" ON "deleted_instances" USING btree ("tenant_id","left_orthanc_id") WHERE left_orthanc_id IS NOT NULL;--> statement-breakpoint
GRANT UPDATE (left_orthanc_id, left_received_at) ON deleted_instances TO bitewing_app;
