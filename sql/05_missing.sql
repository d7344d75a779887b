-- What should be here and is not: `scoreboardctl status` names it, `migrate` applies its file again.
--
-- Others take our things away without knowing: a platform that makes a table anew takes its view and
-- triggers along, a restore may leave triggers disabled, and an index whose building was cut short
-- is there but not valid.

SET LOCAL ROLE {{schema}}_owner;

CREATE OR REPLACE VIEW {{schema}}.missing AS
SELECT file, kind || ' {{schema}}.' || name AS what
FROM (
    VALUES ('01_schema.sql', 'table', 'outbox')
) AS relation (file, kind, name)
WHERE NOT EXISTS (
    SELECT FROM pg_class
    WHERE relnamespace = to_regnamespace('{{schema}}') AND relname = name)

UNION ALL
SELECT '01_schema.sql', 'the row of {{schema}}.state'
WHERE NOT EXISTS (SELECT FROM {{schema}}.state)

UNION ALL
SELECT '01_schema.sql', 'the row of {{schema}}.settings'
WHERE NOT EXISTS (SELECT FROM {{schema}}.settings)

UNION ALL
SELECT '04_triggers.sql', format('trigger {{schema}}_%s on %s.%s', event, to_regnamespace(place), source)
FROM (
    SELECT '{{platform}}', source, event
    FROM unnest(ARRAY['teams', 'users', 'challenges', 'submissions', 'awards']) AS source,
         unnest(ARRAY['insert', 'update', 'delete', 'truncate']) AS event
    UNION ALL
    VALUES ('{{platform}}', 'submissions', 'accept'),
           ('{{schema}}', 'settings', 'update')
) AS expected (place, source, event)
WHERE NOT EXISTS (
    SELECT FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = to_regnamespace(place) AND relname = source
        AND tgname = '{{schema}}_' || event AND tgenabled = 'A')

-- A restore may have left the rights out.
UNION ALL
SELECT '01_schema.sql', 'the right of {{schema}}_daemon to use {{schema}}'
WHERE NOT has_schema_privilege('{{schema}}_daemon', '{{schema}}', 'USAGE')
UNION ALL
SELECT '03_views.sql', format('the right of {{schema}}_owner to read %s', pg_class.oid::regclass)
FROM pg_class
WHERE relnamespace = to_regnamespace('{{platform}}') AND relkind IN ('r', 'p')
    AND relname IN ('teams', 'users', 'challenges', 'submissions', 'awards')
    AND NOT has_any_column_privilege('{{schema}}_owner', pg_class.oid, 'SELECT')
UNION ALL
SELECT '05_missing.sql', 'the right of {{schema}}_daemon to read this'
WHERE NOT has_table_privilege('{{schema}}_daemon', '{{schema}}.missing', 'SELECT')

UNION ALL
SELECT '06_index_concurrently.sql',
    format('index %s.{{schema}}_solves', to_regnamespace('{{platform}}'))
WHERE NOT EXISTS (
    SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = to_regnamespace('{{platform}}') AND relname = '{{schema}}_solves'
        AND indisvalid);

GRANT SELECT ON {{schema}}.missing TO {{schema}}_daemon;

RESET ROLE;
