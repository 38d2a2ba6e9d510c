-- Findings go along when two records of one person are merged (see migration 0030).
CREATE TRIGGER follow_merged BEFORE INSERT OR UPDATE OF patient_id ON tooth_findings FOR EACH ROW
  WHEN (NEW.patient_id IS NOT NULL) EXECUTE FUNCTION follow_merged_patient();
--> statement-breakpoint
-- The records that went into one, with the name each of them had.
CREATE FUNCTION door_merged_records(kept uuid) RETURNS TABLE (merge_id uuid, family_name text, given_name text, birth_date date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT g.id, p.family_name, p.given_name, p.birth_date FROM patient_merges g JOIN patients p ON p.id = g.merged_id
  WHERE g.kept_id = kept AND g.undone_at IS NULL
$$;
--> statement-breakpoint
-- What open pages of a practice show has changed: of which kind, and nothing else. They ask for it as they are allowed to.
CREATE FUNCTION tell_practice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  PERFORM pg_notify('bitewing_practice', json_build_object('tenantId', coalesce(NEW.tenant_id, OLD.tenant_id), 'what', TG_ARGV[0])::text);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON appointments FOR EACH ROW EXECUTE FUNCTION tell_practice('appointments');
--> statement-breakpoint
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON patient_alerts FOR EACH ROW EXECUTE FUNCTION tell_practice('patients');
--> statement-breakpoint
CREATE TRIGGER tell AFTER UPDATE ON patients FOR EACH ROW
  WHEN ((OLD.family_name, OLD.given_name, OLD.birth_date, OLD.sex, OLD.phone, OLD.email, OLD.merged_into)
    IS DISTINCT FROM (NEW.family_name, NEW.given_name, NEW.birth_date, NEW.sex, NEW.phone, NEW.email, NEW.merged_into))
  EXECUTE FUNCTION tell_practice('patients');
--> statement-breakpoint
CREATE TRIGGER tell AFTER UPDATE OF state ON plan_versions FOR EACH ROW
  WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION tell_practice('plans');
--> statement-breakpoint
-- The first who sees new images takes them out of everybody's inbox.
CREATE FUNCTION tell_first_seen() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN
  IF EXISTS (SELECT FROM studies s
    WHERE s.patient_id = NEW.patient_id AND s.arrived_at > now() - interval '14 days' AND s.updated_at <= NEW.images_seen_at
      AND (TG_OP = 'INSERT' OR OLD.images_seen_at IS NULL OR OLD.images_seen_at < s.updated_at)
      AND NOT EXISTS (SELECT FROM opened_patients o
        WHERE o.patient_id = s.patient_id AND o.user_id <> NEW.user_id AND o.images_seen_at >= s.updated_at)) THEN
    PERFORM pg_notify('bitewing_practice', json_build_object('tenantId', NEW.tenant_id, 'what', 'inbox')::text);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell AFTER INSERT OR UPDATE ON opened_patients FOR EACH ROW
  WHEN (NEW.images_seen_at IS NOT NULL) EXECUTE FUNCTION tell_first_seen();
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION door_merged_records(uuid) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_merged_records(uuid) TO bitewing_app;
