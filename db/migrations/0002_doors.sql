-- Row-level security binds the tables' owner too.
DO $$ DECLARE t text; BEGIN
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- The tables that must be read before the practice is known are open to the owner, and so to the doors below
-- and to the operator's CLI; every other table shows its owner nothing outside withTenant.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['tenants', 'ae_titles', 'devices', 'users', 'memberships', 'sessions', 'login_failures',
    'api_tokens', 'shares', 'share_sessions', 'quarantined_arrivals', 'archive_checkpoints', 'audit_events', 'audit_chains'] LOOP
    EXECUTE format('CREATE POLICY owner_doors ON public.%I FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
-- The owner works on a practice's other tables (re-indexing, tests) as the app does: inside withTenant.
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['patients', 'patient_identifiers', 'studies', 'series', 'instances', 'instance_conflicts', 'series_metadata'] LOOP
    EXECUTE format('CREATE POLICY owner_in_tenant ON public.%I FOR ALL TO CURRENT_USER USING (tenant_id = current_tenant_id()) WITH CHECK (tenant_id = current_tenant_id())', t);
  END LOOP;
END $$;
--> statement-breakpoint
REVOKE ALL ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ae_titles, devices, memberships, api_tokens, patients, patient_identifiers,
  studies, series, instances, instance_conflicts, quarantined_arrivals, archive_checkpoints, shares, share_sessions,
  series_metadata TO bitewing_app;
--> statement-breakpoint
GRANT SELECT ON tenants TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON audit_events TO bitewing_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON audit_chains TO bitewing_app;
--> statement-breakpoint
-- Doors. Each answers one question that comes before the practice is known, and gives no more than that.
CREATE FUNCTION door_user_by_email(wanted text)
RETURNS TABLE (id uuid, email text, name text, password_hash text, is_operator boolean, locale text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.password_hash, u.is_operator, u.locale, u.disabled_at IS NOT NULL
  FROM users u WHERE u.email = lower(wanted)
$$;
--> statement-breakpoint
CREATE FUNCTION door_user_names(wanted uuid[])
RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  -- only colleagues: users of the practice that asks
  SELECT u.id, u.name FROM users u JOIN memberships m ON m.user_id = u.id
  WHERE m.tenant_id = current_tenant_id() AND u.id = ANY (wanted)
$$;
--> statement-breakpoint
CREATE FUNCTION door_memberships(wanted uuid)
RETURNS TABLE (tenant_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.slug, t.name, m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id
  WHERE m.user_id = wanted ORDER BY t.name
$$;
--> statement-breakpoint
CREATE FUNCTION door_login_locked(keys text[]) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT max(f.locked_until) FROM login_failures f WHERE f.key = ANY (keys) AND f.locked_until > now()
$$;
--> statement-breakpoint
-- Counts one failure; past the limit the key is locked, twice as long each further time, an hour at most.
-- A quiet hour forgets.
CREATE FUNCTION door_login_failed(failed_key text, failures_max integer) RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO login_failures AS f (key, failures, last_at, locked_until)
  VALUES (failed_key, 1, now(), CASE WHEN failures_max <= 1 THEN now() + interval '1 minute' END)
  ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN f.last_at < now() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
    last_at = now(),
    locked_until = CASE
      WHEN f.last_at < now() - interval '1 hour' THEN NULL
      WHEN f.failures + 1 >= failures_max
        THEN now() + least(interval '1 hour', interval '1 minute' * power(2, least(f.failures + 1 - failures_max, 10)))
    END
  RETURNING f.locked_until
$$;
--> statement-breakpoint
CREATE FUNCTION door_login_forgiven(keys text[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM login_failures WHERE key = ANY (keys)
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_create(hash bytea, for_user uuid, tenant uuid, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO sessions (id_hash, user_id, active_tenant_id, expires_at) VALUES (hash, for_user, tenant, ends)
$$;
--> statement-breakpoint
CREATE FUNCTION door_session(hash bytea)
RETURNS TABLE (public_id uuid, user_id uuid, expires_at timestamptz, email text, name text, locale text, is_operator boolean,
  tenant_id uuid, tenant_slug text, tenant_name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.public_id, u.id, s.expires_at, u.email, u.name, u.locale, u.is_operator, t.id, t.slug, t.name, m.role
  FROM sessions s JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
  LEFT JOIN memberships m ON m.user_id = u.id AND m.tenant_id = s.active_tenant_id
  LEFT JOIN tenants t ON t.id = m.tenant_id
  WHERE s.id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_extend(hash bytea, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE sessions SET expires_at = ends WHERE id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_tenant(hash bytea, tenant uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH changed AS (
    UPDATE sessions s SET active_tenant_id = tenant
    WHERE s.id_hash = hash AND EXISTS (SELECT FROM memberships m WHERE m.user_id = s.user_id AND m.tenant_id = tenant)
    RETURNING 1)
  SELECT EXISTS (SELECT FROM changed)
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_delete(hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sessions WHERE id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION door_sessions_delete_of_user(of_user uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sessions WHERE user_id = of_user
$$;
--> statement-breakpoint
CREATE FUNCTION door_sessions_delete_expired() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sessions WHERE expires_at < now()
$$;
--> statement-breakpoint
CREATE FUNCTION door_user_locale(of_user uuid, wanted text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users SET locale = wanted WHERE id = of_user AND wanted IN ('en', 'fr')
$$;
--> statement-breakpoint
CREATE FUNCTION door_api_token(hash bytea)
RETURNS TABLE (id uuid, tenant_id uuid, tenant_slug text, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.id, k.tenant_id, t.slug, k.scopes FROM api_tokens k JOIN tenants t ON t.id = k.tenant_id
  WHERE k.token_hash = hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
$$;
--> statement-breakpoint
CREATE FUNCTION door_share(hash bytea)
RETURNS TABLE (id uuid, tenant_id uuid, tenant_name text, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.id, s.tenant_id, t.name, t.locale FROM shares s JOIN tenants t ON t.id = s.tenant_id
  WHERE s.token_hash = hash AND s.revoked_at IS NULL AND s.expires_at > now()
$$;
--> statement-breakpoint
CREATE FUNCTION door_share_session(hash bytea, wanted_share uuid)
RETURNS TABLE (public_id uuid, share_id uuid, tenant_id uuid, tenant_name text, locale text, study_id uuid, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT d.public_id, s.id, s.tenant_id, t.name, t.locale, s.study_id, s.expires_at
  FROM share_sessions d JOIN shares s ON s.id = d.share_id JOIN tenants t ON t.id = s.tenant_id
  WHERE d.id_hash = hash AND d.share_id = wanted_share AND s.revoked_at IS NULL AND s.expires_at > now()
$$;
--> statement-breakpoint
CREATE FUNCTION door_tenant_of_ae_title(called text)
RETURNS TABLE (tenant_id uuid, tenant_slug text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.tenant_id, t.slug FROM ae_titles a JOIN tenants t ON t.id = a.tenant_id WHERE a.ae_title = trim(called)
$$;
--> statement-breakpoint
-- Only inside asSystem: what the worker and the operator's pages do for all practices.
CREATE FUNCTION door_tenants() RETURNS TABLE (id uuid, slug text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.slug, t.name FROM tenants t WHERE is_system() ORDER BY t.name
$$;
--> statement-breakpoint
CREATE FUNCTION door_unanchored_chains() RETURNS TABLE (chain_id uuid, last_position bigint, last_hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT c.chain_id, c.last_position, c.last_hash FROM audit_chains c
  WHERE is_system() AND c.last_position > c.anchored_position
$$;
--> statement-breakpoint
CREATE FUNCTION door_orthanc_references(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
-- How many practices' instances point at one Orthanc resource: it may only be deleted at the last.
DECLARE total bigint := 0; part bigint; t uuid; asked text := current_setting('bitewing.tenant_id', true);
BEGIN
  FOR t IN SELECT tenants.id FROM tenants LOOP
    PERFORM set_config('bitewing.tenant_id', t::text, true);
    SELECT count(*) INTO part FROM instances i WHERE i.orthanc_id = wanted AND i.held_by_archive;
    total := total + part;
  END LOOP;
  PERFORM set_config('bitewing.tenant_id', coalesce(asked, ''), true);
  RETURN total;
END $$;
--> statement-breakpoint
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO bitewing_app', f);
  END LOOP;
END $$;
