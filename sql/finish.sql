-- The last step of `migrate`: what the platform's file no longer watches is let go, rights are what
-- they should be, and the boards are made anew.

-- Whoever may use the schema may call what reads, and mend(): no more than this.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {{schema}} FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {{schema}} TO {{schema}}_daemon;

SELECT {{schema}}.let_go(name) FROM {{schema}}.sources WHERE NOT watched;
DELETE FROM {{schema}}.sources WHERE NOT watched;

UPDATE {{schema}}.state SET home = {{schema}}.here() WHERE home = '';
SELECT {{schema}}.mend();

-- Whatever was written before the triggers were there is on the boards with this.
INSERT INTO {{schema}}.outbox (reason) VALUES ('startup');

SET LOCAL ROLE NONE;

DO $$
BEGIN
    IF current_setting('{{schema}}.lent', true) <> '' THEN
        EXECUTE format('REVOKE %s FROM {{owner}}', current_setting('{{schema}}.lent'));
    END IF;
END
$$;
