-- The role the apps connect as. Where the owner may not create roles, the administrator makes it beforehand.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bitewing_app') THEN
    CREATE ROLE bitewing_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the cluster migrates at the same time
END $$;
--> statement-breakpoint
-- Who asks is said once per transaction, by withTenant and asSystem; unset means nobody, and nobody sees nothing.
CREATE FUNCTION current_tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('bitewing.tenant_id', true), '')::uuid $$;
--> statement-breakpoint
CREATE FUNCTION is_system() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('bitewing.system', true), '') = 'on' $$;
--> statement-breakpoint
-- Events of no practice go to the chain of the nil UUID.
CREATE FUNCTION current_audit_chain() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('bitewing.tenant_id', true), '')::uuid,
   CASE WHEN current_setting('bitewing.system', true) = 'on' THEN '00000000-0000-0000-0000-000000000000'::uuid END) $$;
