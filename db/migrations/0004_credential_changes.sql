-- Whatever ends or changes what a credential may do is told on `bitewing_credentials`, as its kind and id: what is
-- open by it (a page's live events) ends at once, and is asked for anew by those who still may.
CREATE FUNCTION tell_credential_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('bitewing_credentials', CASE TG_TABLE_NAME
    WHEN 'sessions' THEN 'session ' || (to_jsonb(OLD) ->> 'public_id')
    WHEN 'memberships' THEN 'user ' || (to_jsonb(OLD) ->> 'user_id')
    WHEN 'users' THEN 'user ' || (to_jsonb(OLD) ->> 'id')
    ELSE 'token ' || (to_jsonb(OLD) ->> 'id') END);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER sessions_change AFTER DELETE OR UPDATE OF active_tenant_id ON sessions
FOR EACH ROW EXECUTE FUNCTION tell_credential_change();
--> statement-breakpoint
CREATE TRIGGER memberships_change AFTER DELETE OR UPDATE ON memberships
FOR EACH ROW EXECUTE FUNCTION tell_credential_change();
--> statement-breakpoint
CREATE TRIGGER users_change AFTER DELETE OR UPDATE OF disabled_at, is_operator ON users
FOR EACH ROW EXECUTE FUNCTION tell_credential_change();
--> statement-breakpoint
CREATE TRIGGER api_tokens_change AFTER DELETE OR UPDATE OF revoked_at, expires_at, scopes ON api_tokens
FOR EACH ROW EXECUTE FUNCTION tell_credential_change();
