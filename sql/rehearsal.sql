-- After sources.sql, when a migration is only rehearsed (in another schema, and rolled back): no
-- triggers, whose lock the platform's writers would wait for.

CREATE OR REPLACE FUNCTION {{schema}}.make_triggers(place regclass, function text) RETURNS void
LANGUAGE sql
AS $$
    SELECT
$$;
