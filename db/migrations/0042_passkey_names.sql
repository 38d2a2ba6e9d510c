-- A passkey is called what its user calls it.
CREATE FUNCTION door_passkey_rename(of_user uuid, wanted text, new_name text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH renamed AS (UPDATE passkeys SET name = new_name WHERE user_id = of_user AND id = wanted RETURNING 1)
  SELECT EXISTS (SELECT FROM renamed)
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION door_passkey_rename(uuid, text, text) FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION door_passkey_rename(uuid, text, text) TO bitewing_app;
