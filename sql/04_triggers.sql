-- Triggers on every source table: a transaction that changes what a board shows writes one row into
-- the outbox, itself. So an event cannot be lost between commit and publish, whoever writes: an API,
-- psql, COPY, a migration, a logical subscription (hence ENABLE ALWAYS, and a trigger for each row:
-- statement triggers do not fire there). There is no NOTIFY: it makes all commits of a server queue,
-- and transaction poolers lose it.
--
-- Each trigger's WHEN holds what 03_views.sql shows, so that a wrong submission or a new password
-- does not even call the function. That is why updates compare columns.
--
-- Two things bypass triggers, by PostgreSQL's design: pg_restore loads data before it makes them, or
-- with --disable-triggers behind their back (and then leaves them enabled for ordinary writers only:
-- `migrate` repairs that). The boards catch up with the next event, or the hourly rebuild.

SET LOCAL ROLE {{schema}}_owner;

-- Writes this transaction's row, or turns its reason into `batch` when it has another one.
--
-- What the transaction has written is remembered in a transaction-local setting, "transaction row
-- reason": a rollback, of the whole or to a savepoint, takes the setting back together with the row.
-- Anybody may set anything there, so it counts only when it names this transaction, and its row only
-- when it has the form of one; who forges that as well hides no changes but the forger's own.
CREATE OR REPLACE FUNCTION {{schema}}.write_outbox() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    this text := pg_current_xact_id();
    mark text := current_setting('{{schema}}.written', true);
    written text[] := string_to_array(mark, ' ');
    reason text := TG_ARGV[0];
    row_id bigint;
BEGIN
    IF written[1] = this AND written[3] IN (reason, 'batch') THEN
        RETURN NULL;
    END IF;

    IF written[1] = this AND mark ~ '^\d+ \d{1,18} [a-z_]+$' THEN
        reason := 'batch';
        UPDATE {{schema}}.outbox SET reason = 'batch'
        WHERE id = written[2]::bigint RETURNING id INTO row_id;
    END IF;
    IF row_id IS NULL THEN
        INSERT INTO {{schema}}.outbox (reason) VALUES (reason) RETURNING id INTO row_id;
    END IF;

    PERFORM set_config('{{schema}}.written', concat_ws(' ', this, row_id, reason), true);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION {{schema}}.write_outbox() FROM PUBLIC;

CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{schema}}.settings
    FOR EACH ROW
    WHEN ((OLD.starts_at, OLD.name, OLD.freezes_at, OLD.ends_at, OLD.visible, OLD.tie_rule)
        IS DISTINCT FROM (NEW.starts_at, NEW.name, NEW.freezes_at, NEW.ends_at, NEW.visible, NEW.tie_rule))
    EXECUTE FUNCTION {{schema}}.write_outbox('settings_changed');

RESET ROLE;

-- submissions: shown when correct ------------------------------------------------------------------
CREATE OR REPLACE TRIGGER {{schema}}_insert AFTER INSERT ON {{platform}}.submissions
    FOR EACH ROW WHEN (NEW.correct)
    EXECUTE FUNCTION {{schema}}.write_outbox('submission_correct');
CREATE OR REPLACE TRIGGER {{schema}}_accept AFTER UPDATE ON {{platform}}.submissions
    FOR EACH ROW WHEN (NEW.correct AND OLD.correct IS NOT TRUE)
    EXECUTE FUNCTION {{schema}}.write_outbox('submission_correct');
CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{platform}}.submissions
    FOR EACH ROW
    WHEN (OLD.correct AND (OLD.correct, OLD.user_id, OLD.challenge_id, OLD.submitted_at)
        IS DISTINCT FROM (NEW.correct, NEW.user_id, NEW.challenge_id, NEW.submitted_at))
    EXECUTE FUNCTION {{schema}}.write_outbox('submission_changed');
CREATE OR REPLACE TRIGGER {{schema}}_delete AFTER DELETE ON {{platform}}.submissions
    FOR EACH ROW WHEN (OLD.correct)
    EXECUTE FUNCTION {{schema}}.write_outbox('submission_changed');
CREATE OR REPLACE TRIGGER {{schema}}_truncate AFTER TRUNCATE ON {{platform}}.submissions
    FOR EACH STATEMENT
    EXECUTE FUNCTION {{schema}}.write_outbox('submission_changed');

-- challenges: shown when active --------------------------------------------------------------------
CREATE OR REPLACE TRIGGER {{schema}}_insert AFTER INSERT ON {{platform}}.challenges
    FOR EACH ROW WHEN (NEW.is_active)
    EXECUTE FUNCTION {{schema}}.write_outbox('challenge_created');
CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{platform}}.challenges
    FOR EACH ROW
    WHEN ((OLD.is_active OR NEW.is_active)
        AND (OLD.id, OLD.title, OLD.category, OLD.formula,
             OLD.points, OLD.minimum_points, OLD.decay, OLD.is_active)
        IS DISTINCT FROM (NEW.id, NEW.title, NEW.category, NEW.formula,
             NEW.points, NEW.minimum_points, NEW.decay, NEW.is_active))
    EXECUTE FUNCTION {{schema}}.write_outbox('challenge_updated');
CREATE OR REPLACE TRIGGER {{schema}}_delete AFTER DELETE ON {{platform}}.challenges
    FOR EACH ROW WHEN (OLD.is_active)
    EXECUTE FUNCTION {{schema}}.write_outbox('challenge_deleted');
CREATE OR REPLACE TRIGGER {{schema}}_truncate AFTER TRUNCATE ON {{platform}}.challenges
    FOR EACH STATEMENT
    EXECUTE FUNCTION {{schema}}.write_outbox('challenge_deleted');

-- users: shown when neither an admin nor blocked ---------------------------------------------------
CREATE OR REPLACE TRIGGER {{schema}}_insert AFTER INSERT ON {{platform}}.users
    FOR EACH ROW WHEN (NEW.role IS DISTINCT FROM 'admin' AND NEW.is_blocked IS NOT TRUE)
    EXECUTE FUNCTION {{schema}}.write_outbox('user_registered');
CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{platform}}.users
    FOR EACH ROW
    WHEN (((OLD.role IS DISTINCT FROM 'admin' AND OLD.is_blocked IS NOT TRUE)
           OR (NEW.role IS DISTINCT FROM 'admin' AND NEW.is_blocked IS NOT TRUE))
        AND (OLD.id, OLD.username, OLD.team_id,
             OLD.role IS DISTINCT FROM 'admin', OLD.is_blocked IS NOT TRUE)
        IS DISTINCT FROM (NEW.id, NEW.username, NEW.team_id,
             NEW.role IS DISTINCT FROM 'admin', NEW.is_blocked IS NOT TRUE))
    EXECUTE FUNCTION {{schema}}.write_outbox('user_updated');
CREATE OR REPLACE TRIGGER {{schema}}_delete AFTER DELETE ON {{platform}}.users
    FOR EACH ROW WHEN (OLD.role IS DISTINCT FROM 'admin' AND OLD.is_blocked IS NOT TRUE)
    EXECUTE FUNCTION {{schema}}.write_outbox('user_deleted');
CREATE OR REPLACE TRIGGER {{schema}}_truncate AFTER TRUNCATE ON {{platform}}.users
    FOR EACH STATEMENT
    EXECUTE FUNCTION {{schema}}.write_outbox('user_deleted');

-- teams: always shown ------------------------------------------------------------------------------
CREATE OR REPLACE TRIGGER {{schema}}_insert AFTER INSERT ON {{platform}}.teams
    FOR EACH ROW
    EXECUTE FUNCTION {{schema}}.write_outbox('team_created');
CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{platform}}.teams
    FOR EACH ROW WHEN ((OLD.id, OLD.name) IS DISTINCT FROM (NEW.id, NEW.name))
    EXECUTE FUNCTION {{schema}}.write_outbox('team_updated');
CREATE OR REPLACE TRIGGER {{schema}}_delete AFTER DELETE ON {{platform}}.teams
    FOR EACH ROW
    EXECUTE FUNCTION {{schema}}.write_outbox('team_deleted');
CREATE OR REPLACE TRIGGER {{schema}}_truncate AFTER TRUNCATE ON {{platform}}.teams
    FOR EACH STATEMENT
    EXECUTE FUNCTION {{schema}}.write_outbox('team_deleted');

-- awards: always counted ---------------------------------------------------------------------------
CREATE OR REPLACE TRIGGER {{schema}}_insert AFTER INSERT ON {{platform}}.awards
    FOR EACH ROW
    EXECUTE FUNCTION {{schema}}.write_outbox('award_changed');
CREATE OR REPLACE TRIGGER {{schema}}_update AFTER UPDATE ON {{platform}}.awards
    FOR EACH ROW
    WHEN ((OLD.user_id, OLD.team_id, OLD.points, OLD.awarded_at)
        IS DISTINCT FROM (NEW.user_id, NEW.team_id, NEW.points, NEW.awarded_at))
    EXECUTE FUNCTION {{schema}}.write_outbox('award_changed');
CREATE OR REPLACE TRIGGER {{schema}}_delete AFTER DELETE ON {{platform}}.awards
    FOR EACH ROW
    EXECUTE FUNCTION {{schema}}.write_outbox('award_changed');
CREATE OR REPLACE TRIGGER {{schema}}_truncate AFTER TRUNCATE ON {{platform}}.awards
    FOR EACH STATEMENT
    EXECUTE FUNCTION {{schema}}.write_outbox('award_changed');

DO $$
DECLARE
    ours record;
BEGIN
    FOR ours IN
        SELECT tgname, tgrelid::regclass AS source FROM pg_trigger
        WHERE tgfoid = '{{schema}}.write_outbox'::regproc AND tgparentid = 0
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', ours.source, ours.tgname);
    END LOOP;
END
$$;

-- Whatever was written before the triggers were there is on the boards with this.
INSERT INTO {{schema}}.outbox (reason) VALUES ('startup');
