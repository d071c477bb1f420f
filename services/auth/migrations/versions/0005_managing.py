"""Counting a user's clients past row-level security: whether somebody manages all of them is no secret of theirs."""

from alembic import op

from chassis.migrations import app_role

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION membership_count(wanted uuid) RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
        DECLARE
            before text := current_setting('app.everywhere', true);
            found bigint;
        BEGIN
            PERFORM set_config('app.everywhere', 'on', true);
            SELECT count(*) INTO found FROM membership WHERE user_id = wanted;
            PERFORM set_config('app.everywhere', coalesce(before, 'off'), true);
            RETURN found;
        END $$
    """)
    op.execute("REVOKE ALL ON FUNCTION membership_count(uuid) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION membership_count(uuid) TO {app_role()}")
