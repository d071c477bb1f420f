"""The runner: one house in one folder, fallen processes come back, errors are mentioned."""

import sys
import time
from pathlib import Path

import pytest

from deploy.local.house import House
from deploy.local.process import NotReady, Process, Program
from deploy.local.run import CannotStart, Watch, alone
from deploy.local.topology import free_ports, settings

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def house(state_folder: Path, tmp_path: Path) -> House:
    return House(settings(tmp_path, free_ports()), tmp_path)


def test_a_second_runner_is_told_of_the_first(tmp_path: Path):
    with (
        alone(tmp_path, "http://localhost:8080"),
        pytest.raises(CannotStart, match="already runs: http://localhost:8080"),
        alone(tmp_path, "http://localhost:9090"),
    ):
        pass


def test_a_folder_is_free_again_after_its_runner(tmp_path: Path):
    for _ in range(2):
        with alone(tmp_path, "http://localhost:8080"):
            pass


def test_a_fallen_process_is_started_again_and_told(house: House, capsys: pytest.CaptureFixture[str]):
    house.start(Program("ledger-serve", SLEEP))
    watch = Watch(house)
    house.kill("ledger-serve")
    deadline = time.monotonic() + 10
    while (house.ended() or watch.due) and time.monotonic() < deadline:
        watch.look()
        time.sleep(0.05)
    assert house.ended() == []
    assert "ledger-serve ended with code -9; again in 1 s" in capsys.readouterr().out
    house.stop()


def test_an_error_in_a_log_is_mentioned_with_its_file(house: House, capsys: pytest.CaptureFixture[str]):
    house.start(Program("files-work", SLEEP))
    watch = Watch(house)
    watch.look()
    log = house.running["files-work"].log
    with log.open("a") as file:
        file.write("2026-11-24 [info     ] ready\n2026-11-24 [error    ] store is not reached\n")
    watch.look()
    said = capsys.readouterr().out
    assert f"files-work: 2026-11-24 [error    ] store is not reached, see {log}" in said
    house.stop()


def test_what_ends_before_it_is_ready_shows_its_last_words(tmp_path: Path):
    program = Program("auth-serve", [sys.executable, "-c", "raise SystemExit('no key')"], ready=lambda: False)
    with pytest.raises(NotReady, match=r"(?s)auth-serve ended with code 1.*no key"):
        Process(program, tmp_path / "log").wait_ready()


def test_what_does_not_stop_in_time_is_killed_and_its_log_says_where_it_hung(tmp_path: Path):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    program = Program(
        "stubborn",
        [sys.executable, "-X", "faulthandler", "-c", stubborn],
        ready=lambda: "up" in log.read_text(),
        stop_limit_s=0.2,
    )
    process = Process(program, log)
    process.wait_ready()
    assert not process.stop()
    assert process.exit_code() is not None
    assert 'File "<string>", line 1' in log.read_text()
