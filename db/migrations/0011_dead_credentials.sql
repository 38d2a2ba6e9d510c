-- Whose a credential is or was that opened nothing: for the audit trail of its practice. It opens nothing by itself.
CREATE FUNCTION door_dead_credential(credential text, hash bytea)
RETURNS TABLE (tenant_id uuid, actor_id uuid, session_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.tenant_id, k.id, NULL::uuid FROM api_tokens k WHERE credential = 'token' AND k.token_hash = hash
  UNION ALL
  SELECT s.active_tenant_id, s.user_id, s.public_id FROM sessions s WHERE credential = 'session' AND s.id_hash = hash
  UNION ALL
  SELECT d.tenant_id, d.share_id, d.public_id FROM share_sessions d WHERE credential = 'share' AND d.id_hash = hash
  UNION ALL
  SELECT l.tenant_id, l.id, NULL::uuid FROM shares l WHERE credential = 'share' AND l.token_hash = hash
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION door_dead_credential(text, bytea) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_dead_credential(text, bytea) TO bitewing_app;
