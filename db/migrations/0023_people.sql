CREATE TABLE "invitations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"purpose" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "invitations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "authenticators" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"sealed_secret" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp with time zone,
	"last_step" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "authenticators" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "recovery_codes" (
	"user_id" uuid NOT NULL,
	"code_hash" "bytea" NOT NULL,
	"used_at" timestamp with time zone,
	CONSTRAINT "recovery_codes_user_id_code_hash_pk" PRIMARY KEY("user_id","code_hash")
);
--> statement-breakpoint
ALTER TABLE "recovery_codes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "passkeys" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"public_key" "bytea" NOT NULL,
	"counter" bigint NOT NULL,
	"transports" text[] NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "passkeys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "pending_log_ins" (
	"id_hash" "bytea" PRIMARY KEY NOT NULL,
	"user_id" uuid,
	"challenge" text,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "pending_log_ins" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "second_factor_required" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "disabled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "last_log_in_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "confirmed_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "agent" text;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "authenticators" ADD CONSTRAINT "authenticators_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "passkeys" ADD CONSTRAINT "passkeys_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pending_log_ins" ADD CONSTRAINT "pending_log_ins_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_token" ON "invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "invitations_tenant" ON "invitations" USING btree ("tenant_id","created_at");--> statement-breakpoint
CREATE INDEX "passkeys_user" ON "passkeys" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "pending_log_ins_expires" ON "pending_log_ins" USING btree ("expires_at");--> statement-breakpoint
CREATE POLICY "own_tenant_changes" ON "tenants" AS PERMISSIVE FOR UPDATE TO "bitewing_app" USING ("tenants"."id" = current_tenant_id()) WITH CHECK ("tenants"."id" = current_tenant_id());--> statement-breakpoint
CREATE POLICY "own_tenant_only" ON "invitations" AS PERMISSIVE FOR ALL TO "bitewing_app" USING ("invitations"."tenant_id" = current_tenant_id()) WITH CHECK ("invitations"."tenant_id" = current_tenant_id());
--> statement-breakpoint
DO $$ DECLARE t text; BEGIN
  FOREACH t IN ARRAY ARRAY['invitations', 'authenticators', 'recovery_codes', 'passkeys', 'pending_log_ins'] LOOP
    EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY owner_doors ON public.%I FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO bitewing_app;
--> statement-breakpoint
GRANT UPDATE (name, locale, second_factor_required) ON tenants TO bitewing_app;
--> statement-breakpoint
-- That somebody has logged in changes nothing about what they may do.
DROP TRIGGER memberships_change ON memberships;
--> statement-breakpoint
CREATE TRIGGER memberships_change AFTER DELETE OR UPDATE OF role, disabled_at ON memberships
FOR EACH ROW EXECUTE FUNCTION tell_credential_change();
--> statement-breakpoint
-- Who works nowhere any more is refused like a wrong password.
CREATE OR REPLACE FUNCTION door_user_by_email(wanted text)
RETURNS TABLE (id uuid, email text, name text, password_hash text, is_operator boolean, locale text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.password_hash, u.is_operator, u.locale, u.disabled_at IS NOT NULL
    OR (NOT u.is_operator AND EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id)
      AND NOT EXISTS (SELECT FROM memberships m WHERE m.user_id = u.id AND m.disabled_at IS NULL))
  FROM users u WHERE u.email = lower(wanted)
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_memberships(wanted uuid)
RETURNS TABLE (tenant_id uuid, slug text, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT t.id, t.slug, t.name, m.role FROM memberships m JOIN tenants t ON t.id = m.tenant_id
  WHERE m.user_id = wanted AND m.disabled_at IS NULL ORDER BY t.name
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_session(hash bytea)
RETURNS TABLE (public_id uuid, user_id uuid, expires_at timestamptz, email text, name text, locale text, is_operator boolean,
  tenant_id uuid, tenant_slug text, tenant_name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.public_id, u.id, s.expires_at, u.email, u.name, u.locale, u.is_operator, t.id, t.slug, t.name, m.role
  FROM sessions s JOIN users u ON u.id = s.user_id AND u.disabled_at IS NULL
  LEFT JOIN memberships m ON m.user_id = u.id AND m.tenant_id = s.active_tenant_id AND m.disabled_at IS NULL
  LEFT JOIN tenants t ON t.id = m.tenant_id
  WHERE s.id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION has_second_factor(of_user uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM authenticators a WHERE a.user_id = of_user AND a.confirmed_at IS NOT NULL)
    OR EXISTS (SELECT FROM passkeys p WHERE p.user_id = of_user)
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_session_tenant(hash bytea, tenant uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH changed AS (
    UPDATE sessions s SET active_tenant_id = tenant
    FROM memberships m JOIN tenants t ON t.id = m.tenant_id
    WHERE s.id_hash = hash AND m.user_id = s.user_id AND m.tenant_id = tenant AND m.disabled_at IS NULL
      AND (NOT t.second_factor_required OR has_second_factor(m.user_id))
    RETURNING s.user_id),
  noted AS (
    UPDATE memberships m SET last_log_in_at = now() FROM changed WHERE m.user_id = changed.user_id AND m.tenant_id = tenant)
  SELECT EXISTS (SELECT FROM changed)
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION door_sessions_delete_expired() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM sessions WHERE expires_at < now();
  DELETE FROM pending_log_ins WHERE expires_at < now();
$$;
--> statement-breakpoint
-- What is kept of a session that was just opened, for its user and the owner of the practice to see.
CREATE FUNCTION door_session_opened(hash bytea, from_address text, by_agent text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH opened AS (
    UPDATE sessions SET address = from_address, agent = by_agent WHERE id_hash = hash RETURNING user_id, active_tenant_id)
  UPDATE memberships m SET last_log_in_at = now() FROM opened o
  WHERE m.user_id = o.user_id AND m.tenant_id = o.active_tenant_id
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_confirmed(hash bytea) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.confirmed_at FROM sessions s WHERE s.id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_confirm(hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE sessions SET confirmed_at = now() WHERE id_hash = hash
$$;
--> statement-breakpoint
CREATE FUNCTION door_sessions_of_user(of_user uuid)
RETURNS TABLE (public_id uuid, created_at timestamptz, expires_at timestamptz, address text, agent text, tenant_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.public_id, s.created_at, s.expires_at, s.address, s.agent, t.name
  FROM sessions s LEFT JOIN tenants t ON t.id = s.active_tenant_id
  WHERE s.user_id = of_user AND s.expires_at > now() ORDER BY s.created_at DESC
$$;
--> statement-breakpoint
CREATE FUNCTION door_session_end(of_user uuid, wanted uuid) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH ended AS (DELETE FROM sessions s WHERE s.user_id = of_user AND s.public_id = wanted RETURNING 1)
  SELECT EXISTS (SELECT FROM ended)
$$;
--> statement-breakpoint
CREATE FUNCTION door_sessions_end_others(of_user uuid, kept uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH ended AS (DELETE FROM sessions s WHERE s.user_id = of_user AND s.public_id IS DISTINCT FROM kept RETURNING 1)
  SELECT count(*) FROM ended
$$;
--> statement-breakpoint
-- Of one member, or with NULL of all who have no second factor; in the practice that asks alone.
CREATE FUNCTION door_sessions_end_in_practice(of_user uuid) RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH ended AS (
    DELETE FROM sessions s WHERE s.active_tenant_id = current_tenant_id()
      AND (s.user_id = of_user OR (of_user IS NULL AND NOT has_second_factor(s.user_id))) RETURNING 1)
  SELECT count(*) FROM ended
$$;
--> statement-breakpoint
CREATE FUNCTION door_practice_users()
RETURNS TABLE (id uuid, email text, name text, role text, joined_at timestamptz, disabled_at timestamptz,
  last_log_in_at timestamptz, has_app boolean, passkeys bigint, elsewhere boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, m.role, m.created_at, m.disabled_at, m.last_log_in_at,
    EXISTS (SELECT FROM authenticators a WHERE a.user_id = u.id AND a.confirmed_at IS NOT NULL),
    (SELECT count(*) FROM passkeys p WHERE p.user_id = u.id),
    u.is_operator OR EXISTS (SELECT FROM memberships o WHERE o.user_id = u.id AND o.tenant_id <> m.tenant_id)
  FROM memberships m JOIN users u ON u.id = m.user_id
  WHERE m.tenant_id = current_tenant_id() ORDER BY m.disabled_at IS NOT NULL, u.name, u.id
$$;
--> statement-breakpoint
CREATE FUNCTION door_invitation(hash bytea)
RETURNS TABLE (id uuid, tenant_id uuid, tenant_name text, email text, role text, purpose text, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.id, i.tenant_id, t.name, i.email, i.role, i.purpose, u.id
  FROM invitations i JOIN tenants t ON t.id = i.tenant_id LEFT JOIN users u ON u.email = i.email
  WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
$$;
--> statement-breakpoint
-- Takes an invitation, once. Somebody who has an account keeps their name and password, unless it is for a new password.
CREATE FUNCTION door_invitation_accept(hash bytea, new_name text, new_password_hash text, new_locale text)
RETURNS TABLE (user_id uuid, tenant_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taken invitations; known uuid;
BEGIN
  UPDATE invitations i SET accepted_at = now()
  WHERE i.token_hash = hash AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
  RETURNING i.* INTO taken;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT u.id INTO known FROM users u WHERE u.email = taken.email;
  IF taken.purpose = 'password' THEN
    -- as at the link's making: who works in another practice too is the operator's to help
    IF known IS NULL OR EXISTS (SELECT FROM memberships o WHERE o.user_id = known AND o.tenant_id <> taken.tenant_id)
    THEN RETURN; END IF;
    UPDATE users u SET password_hash = new_password_hash WHERE u.id = known;
    DELETE FROM sessions s WHERE s.user_id = known;
    DELETE FROM pending_log_ins p WHERE p.user_id = known;
  ELSE
    IF known IS NULL THEN
      INSERT INTO users (email, name, password_hash, locale)
      VALUES (taken.email, new_name, new_password_hash, CASE WHEN new_locale = 'en' THEN 'en' ELSE 'fr' END)
      RETURNING users.id INTO known;
    END IF;
    INSERT INTO memberships AS m (user_id, tenant_id, role) VALUES (known, taken.tenant_id, taken.role)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN QUERY SELECT known, taken.tenant_id;
END $$;
--> statement-breakpoint
CREATE FUNCTION door_user_password(of_user uuid, new_password_hash text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE users SET password_hash = new_password_hash WHERE id = of_user
$$;
--> statement-breakpoint
-- What a user has beside the password, and whether a practice of theirs asks for it.
CREATE FUNCTION door_second_factors(of_user uuid)
RETURNS TABLE (app_since timestamptz, recovery_left bigint, passkeys bigint, required boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT (SELECT a.confirmed_at FROM authenticators a WHERE a.user_id = of_user),
    (SELECT count(*) FROM recovery_codes r WHERE r.user_id = of_user AND r.used_at IS NULL),
    (SELECT count(*) FROM passkeys p WHERE p.user_id = of_user),
    EXISTS (SELECT FROM memberships m JOIN tenants t ON t.id = m.tenant_id
      WHERE m.user_id = of_user AND m.disabled_at IS NULL AND t.second_factor_required)
$$;
--> statement-breakpoint
-- A secret that no code has confirmed yet is replaced; one in use stays, until its user removes it.
CREATE FUNCTION door_authenticator_begin(of_user uuid, sealed bytea) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH kept AS (
    INSERT INTO authenticators AS a (user_id, sealed_secret) VALUES (of_user, sealed)
    ON CONFLICT (user_id) DO UPDATE SET sealed_secret = sealed, created_at = now(), last_step = 0 WHERE a.confirmed_at IS NULL
    RETURNING 1)
  SELECT EXISTS (SELECT FROM kept)
$$;
--> statement-breakpoint
CREATE FUNCTION door_authenticator(of_user uuid) RETURNS TABLE (sealed_secret bytea, confirmed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.sealed_secret, a.confirmed_at IS NOT NULL FROM authenticators a WHERE a.user_id = of_user
$$;
--> statement-breakpoint
-- Takes the code of one step; false when it, or a later one, was taken before (RFC 6238 section 5.2).
CREATE FUNCTION door_authenticator_take(of_user uuid, step bigint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS (
    UPDATE authenticators SET last_step = step, confirmed_at = coalesce(confirmed_at, now())
    WHERE user_id = of_user AND last_step < step RETURNING 1)
  SELECT EXISTS (SELECT FROM taken)
$$;
--> statement-breakpoint
CREATE FUNCTION door_authenticator_remove(of_user uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM authenticators WHERE user_id = of_user
$$;
--> statement-breakpoint
CREATE FUNCTION door_recovery_codes_replace(of_user uuid, hashes bytea[]) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM recovery_codes WHERE user_id = of_user;
  INSERT INTO recovery_codes (user_id, code_hash) SELECT of_user, unnest(hashes);
$$;
--> statement-breakpoint
CREATE FUNCTION door_recovery_code_take(of_user uuid, hash bytea) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH taken AS (
    UPDATE recovery_codes SET used_at = now() WHERE user_id = of_user AND code_hash = hash AND used_at IS NULL RETURNING 1)
  SELECT EXISTS (SELECT FROM taken)
$$;
--> statement-breakpoint
CREATE FUNCTION door_passkeys(of_user uuid)
RETURNS TABLE (id text, name text, transports text[], created_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.id, p.name, p.transports, p.created_at, p.last_used_at FROM passkeys p WHERE p.user_id = of_user
  ORDER BY p.created_at
$$;
--> statement-breakpoint
CREATE FUNCTION door_passkey(wanted text)
RETURNS TABLE (user_id uuid, public_key bytea, counter bigint, transports text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT p.user_id, p.public_key, p.counter, p.transports FROM passkeys p
  JOIN users u ON u.id = p.user_id
  WHERE p.id = wanted AND NOT (SELECT d.disabled FROM door_user_by_email(u.email) d)
$$;
--> statement-breakpoint
CREATE FUNCTION door_passkey_add(of_user uuid, new_id text, new_name text, new_key bytea, new_counter bigint, new_transports text[])
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH added AS (
    INSERT INTO passkeys (id, user_id, name, public_key, counter, transports)
    VALUES (new_id, of_user, new_name, new_key, new_counter, new_transports) ON CONFLICT DO NOTHING RETURNING 1)
  SELECT EXISTS (SELECT FROM added)
$$;
--> statement-breakpoint
CREATE FUNCTION door_passkey_used(wanted text, new_counter bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE passkeys SET counter = new_counter, last_used_at = now() WHERE id = wanted
$$;
--> statement-breakpoint
CREATE FUNCTION door_passkey_remove(of_user uuid, wanted text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH removed AS (DELETE FROM passkeys WHERE user_id = of_user AND id = wanted RETURNING 1)
  SELECT EXISTS (SELECT FROM removed)
$$;
--> statement-breakpoint
-- All that a member has beside the password, and their sessions. Not of somebody who works in another practice too, whose
-- protection it would lower there: the operator does that.
CREATE FUNCTION door_second_factors_reset(of_user uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM door_practice_users() u WHERE u.id = of_user AND NOT u.elsewhere) THEN RETURN false; END IF;
  DELETE FROM authenticators WHERE user_id = of_user;
  DELETE FROM recovery_codes WHERE user_id = of_user;
  DELETE FROM passkeys WHERE user_id = of_user;
  DELETE FROM pending_log_ins WHERE user_id = of_user;
  DELETE FROM sessions WHERE user_id = of_user;
  RETURN true;
END $$;
--> statement-breakpoint
CREATE FUNCTION door_pending_begin(hash bytea, of_user uuid, new_challenge text, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO pending_log_ins (id_hash, user_id, challenge, expires_at) VALUES (hash, of_user, new_challenge, ends)
  ON CONFLICT (id_hash) DO UPDATE SET challenge = new_challenge, expires_at = ends
$$;
--> statement-breakpoint
CREATE FUNCTION door_pending(hash bytea) RETURNS TABLE (user_id uuid, email text, name text, locale text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT u.id, u.email, u.name, u.locale FROM pending_log_ins p JOIN users u ON u.id = p.user_id
  WHERE p.id_hash = hash AND p.expires_at > now()
    AND NOT (SELECT d.disabled FROM door_user_by_email(u.email) d)
$$;
--> statement-breakpoint
CREATE FUNCTION door_pending_challenge(hash bytea, new_challenge text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE pending_log_ins SET challenge = new_challenge WHERE id_hash = hash AND expires_at > now()
$$;
--> statement-breakpoint
-- The challenge, for the first answer alone.
CREATE FUNCTION door_pending_challenge_take(hash bytea) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH asked AS (
    SELECT id_hash, challenge FROM pending_log_ins WHERE id_hash = hash AND expires_at > now() FOR UPDATE),
  taken AS (UPDATE pending_log_ins p SET challenge = NULL FROM asked WHERE p.id_hash = asked.id_hash)
  SELECT challenge FROM asked
$$;
--> statement-breakpoint
CREATE FUNCTION door_pending_end(hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM pending_log_ins WHERE id_hash = hash
$$;
--> statement-breakpoint
DO $$ DECLARE f regprocedure; BEGIN
  FOR f IN SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND (p.proname = 'has_second_factor' OR p.proname ~ '^door_(session_(opened|confirm|end)|sessions_(of_user|end_)|practice_users|invitation|user_password|second_factors|authenticator|recovery_code|passkey|pending)') LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO bitewing_app', f);
  END LOOP;
END $$;
