"""Dashboards and alert rules ask only for what our processes show, in queries that Prometheus understands."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OBSERVABILITY = ROOT / "deploy" / "observability"
PROMETHEUS = OBSERVABILITY / "prometheus"
BOARDS = sorted((OBSERVABILITY / "grafana" / "dashboards").glob("*.json"))
SUFFIXES = ("", "_total", "_bucket", "_count", "_sum")

promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool comes with Debian's prometheus")


def queries(board: Path) -> Iterator[str]:
    for panel in json.loads(board.read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def our_metrics() -> set[str]:
    code = "".join(
        path.read_text() for folder in ("chassis", "services", "gateway") for path in (ROOT / folder).rglob("*.py")
    )
    return {name + suffix for name in re.findall(r'"(rf_\w+?)(?:_total)?",\s', code) for suffix in SUFFIXES}


@pytest.mark.parametrize("source", [*BOARDS, PROMETHEUS / "alerts.yml"], ids=lambda path: path.name)
def test_every_metric_that_is_asked_for_exists(source: Path):
    asked = set(re.findall(r"rf_\w+", source.read_text()))
    assert asked - our_metrics() == set()


@promtool
@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.name)
def test_prometheus_understands_every_query_of_a_dashboard(board: Path, tmp_path: Path):
    plain = [
        query.replace("$__rate_interval", "5m").replace("$process", ".*").replace("$service", ".*")
        for query in queries(board)
    ]
    rules = {"groups": [{"name": board.stem, "rules": [{"record": f"q:{i}", "expr": q} for i, q in enumerate(plain)]}]}
    (tmp_path / "rules.yml").write_text(json.dumps(rules))
    done = subprocess.run(
        ["promtool", "check", "rules", tmp_path / "rules.yml"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@promtool
def test_the_alerts_fire_when_they_should_and_only_then():
    for command in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(["promtool", *command], check=False, cwd=PROMETHEUS, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
