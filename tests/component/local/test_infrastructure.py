"""The servers that the house stands on start from their wheels and keep what they promise."""

import asyncio
import io
import os
import pwd
import re
import smtplib
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import nats as nats_client
import psycopg
import pytest

from deploy.local import mail
from deploy.local.postgres import Postgres
from deploy.local.process import Process
from deploy.local.topology import free_ports


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_a_service_has_a_database_that_its_serving_role_does_not_own(database):
    ledger = database("ledger", migrated=False)
    with connect(ledger.owner_url) as owner:
        owner.execute("CREATE TABLE invoice (id int PRIMARY KEY)")
    with connect(ledger.app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("DROP TABLE invoice")


def test_nobody_connects_to_a_neighbours_database(database):
    ledger, files = database("ledger", migrated=False), database("files", migrated=False)
    for url in (files.app_url, files.owner_url, files.verify_url):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            connect(url.replace(files.name, ledger.name))


def test_a_wrong_password_is_refused(database):
    ledger = database("ledger", migrated=False)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(re.sub(r":[^:@]+@", ":guess@", ledger.app_url))


def test_only_the_verifying_role_sees_past_row_level_security(database):
    reports = database("reports", migrated=False)
    with connect(reports.owner_url) as owner:
        owner.execute("CREATE TABLE line (client_id int)")
        owner.execute("ALTER TABLE line ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE line FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT SELECT ON line TO reports_app")
        owner.execute("CREATE POLICY insert_any ON line FOR INSERT WITH CHECK (true)")
        owner.execute("INSERT INTO line VALUES (1)")
    seen = []
    for url in (reports.app_url, reports.verify_url):
        with connect(url) as connection:
            seen.append(connection.execute("SELECT count(*) FROM line").fetchone())
    assert seen == [(0,), (1,)]


def test_the_database_knows_swedish_letters_and_sorts_by_code_point(postgres: Postgres):
    with postgres.connect() as connection:
        row = connection.execute("SELECT lower('ÅÄÖ'), 'Z' < 'a', current_setting('data_checksums')").fetchone()
    assert row == ("åäö", True, "on")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down")
def test_started_by_root_the_database_runs_as_a_user_without_rights(postgres: Postgres):
    pid = int((postgres.cluster / "postmaster.pid").read_text().splitlines()[0])
    assert pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name != "root"


def test_what_jetstream_acknowledged_survives_a_crash(nats):
    async def publish() -> None:
        client = await nats_client.connect(nats.url)
        await client.jetstream().add_stream(name="LEDGER", subjects=["rf.ledger.>"])
        await client.jetstream().publish("rf.ledger.v1.journal.approved", b"one")
        await client.close()

    async def count() -> int:
        client = await nats_client.connect(nats.url)
        info = await client.jetstream().stream_info("LEDGER")
        await client.close()
        return info.state.messages

    asyncio.run(publish())
    nats.kill()
    nats.start()
    assert asyncio.run(count()) == 1


def test_the_object_store_gives_back_what_was_put(object_store, bucket):
    client = object_store.client()
    client.put_object(bucket, "letters/1.pdf", io.BytesIO(b"%PDF"), 4)
    with client.get_object(bucket, "letters/1.pdf") as answer:
        assert answer.read() == b"%PDF"


def test_a_letter_lands_in_the_mail_folder(tmp_path: Path):
    ports = free_ports()
    port, page = ports["mail"], ports["mail-page"]
    process = Process(mail.program(tmp_path / "mail", port, page), tmp_path / "mail.log")
    process.wait_ready()
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "no-reply@example.test", "anna@example.test", "Återställ"
    letter.set_content("Koden är 123456 <b>http://localhost:8080/nytt-losenord?kod=abc")
    with smtplib.SMTP(mail.HOST, port) as server:
        server.send_message(letter)
    with urllib.request.urlopen(f"http://localhost:{page}/", timeout=5) as answer:
        shown = answer.read().decode()
    assert '<a href="http://localhost:8080/nytt-losenord?kod=abc">' in shown
    assert "<b>" not in shown
    other = urllib.request.Request(f"http://127.0.0.1:{page}/", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(other, timeout=5)
    assert process.stop()
    (stored,) = (tmp_path / "mail").glob("*.eml")
    assert b"anna@example.test" in stored.read_bytes()
    assert "123456" not in process.log.read_text()


def test_a_database_server_that_was_left_behind_is_ended_before_a_new_start(state_folder: Path):
    server = Postgres(state_folder / "left", free_ports()["postgres"], "superuser", sync=False)
    first = Process(server.program(), state_folder / "left.log")
    first.wait_ready()
    second = Process(server.program(), state_folder / "left.log")
    second.wait_ready()
    assert first.exit_code() == 0
    assert second.stop()


def test_a_database_server_recovers_from_a_crash(state_folder: Path):
    server = Postgres(state_folder / "crashed", free_ports()["postgres"], "superuser", sync=False)
    process = Process(server.program(), state_folder / "crashed.log")
    process.wait_ready()
    with server.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    process.kill()
    time.sleep(0.1)
    again = Process(server.program(), state_folder / "crashed.log")
    again.wait_ready()
    with server.connect() as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    assert again.stop()
