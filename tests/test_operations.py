"""docs/operations.md, the dashboard, the alerts and the Compose file match the code."""

from __future__ import annotations

import ast
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import combinations, dropwhile, takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.operation.metrics import Metrics, Snapshot
from bot.painting.job import JobState
from config.settings import Settings, setting_names

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((ROOT / "docs" / "grafana" / "atelier.json").read_text(encoding="utf-8"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "prometheus.yml").read_text(encoding="utf-8"))
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "docker" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]

LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}


def table(first_cell: str) -> dict[str, list[str]]:
    """Return the table whose header starts with this cell: each row's name, and its other cells."""
    rows = dropwhile(lambda line: not line.startswith(f"| {first_cell} |"), PAGE.splitlines())
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in takewhile(lambda r: r[:1] == "|", rows)]
    assert len(cells) > 2
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def logged(package: str) -> dict[str, set[str]]:
    """Return every event that a package's code logs, with its levels."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                if not ast.unparse(node.func.value).endswith("log"):
                    continue
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.setdefault(part.value, set()).add(LEVELS[node.func.attr])
    return found


def metrics() -> dict[str, tuple[str, set[str]]]:
    """Return the bot's metrics by scraped name, each with its kind and labels."""
    metrics = Metrics()
    moment = dict.fromkeys(Snapshot.__dataclass_fields__, 0)
    metrics.add_snapshots(lambda: Snapshot(**{**moment, "jobs": {}}))  # type: ignore[arg-type]  # every other field is a number
    labels = {
        collector._name: set(collector._labelnames)
        for collector in vars(metrics).values()
        if hasattr(collector, "_labelnames")
    }
    return {
        family.name + ("_total" if family.type == "counter" else ""): (
            family.type,
            labels.get(family.name, {label for sample in family.samples for label in sample.labels}),
        )
        for family in metrics.registry.collect()
        if family.name.startswith("atelier_")
    }


def metrics_in(expression: str) -> set[str]:
    """Return the metrics that a PromQL expression names; histograms without their suffix."""
    names = re.findall(r"\b(?:atelier|process)_[a-z_]+", expression)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def test_every_log_event_is_documented_with_its_level() -> None:
    documented = {event: {level} for event, (level, _) in table("event").items()}
    assert documented == logged("bot")


def test_every_log_line_of_the_painter_is_documented() -> None:
    assert set(table("line of the painter")) == {re.sub(r"%\w", "…", line) for line in logged("stylizer")}


def test_every_metric_is_documented_with_its_kind_and_labels() -> None:
    documented = {
        name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, (kind, labels, _) in table("metric").items()
    }
    assert documented == metrics()


def test_every_state_a_job_is_counted_in_is_documented() -> None:
    registry = Metrics().registry
    assert registry.get_sample_value("atelier_jobs_active") is None
    documented = table("metric")["atelier_jobs_active"][-1]
    active = set(JobState) - {JobState.CHOOSING, JobState.DELIVERED, JobState.DELETED}
    assert set(re.findall(r"`(\w+)`", documented)) == active


def test_every_alert_is_documented() -> None:
    headings = set(re.findall(r"^### (Atelier\w+)$", PAGE, re.MULTILINE))
    assert headings == set(ALERTS)


@pytest.mark.process
def test_the_backup_of_a_database_in_use_holds_its_latest_rows(tmp_path: Path) -> None:
    (program,) = re.findall(r"^python3 -c '(.*)'$", PAGE, re.MULTILINE)
    (tmp_path / "data").mkdir()
    in_use = sqlite3.connect(tmp_path / "data" / "atelier.sqlite3")
    in_use.execute("PRAGMA journal_mode=WAL")
    with in_use:
        in_use.execute("CREATE TABLE jobs (job_id TEXT)")
        in_use.execute("INSERT INTO jobs VALUES ('latest')")

    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)

    (copy := tmp_path / "alone").mkdir()
    restored = sqlite3.connect((tmp_path / "backup.sqlite3").rename(copy / "atelier.sqlite3"))
    assert restored.execute("SELECT job_id FROM jobs").fetchall() == [("latest",)]
    restored.close()
    in_use.close()


@pytest.mark.process
def test_an_image_has_what_a_downgrade_needs(tmp_path: Path) -> None:
    typed = re.findall(r"^docker (?:compose )?run .*--entrypoint python atelier (.*)$", PAGE, re.MULTILINE)
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if rule.startswith("!"):
            (inside := tmp_path / "app" / rule[1:]).parent.mkdir(parents=True, exist_ok=True)
            inside.symlink_to(ROOT / rule[1:])
    (data := tmp_path / "data").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ATELIER_")}

    def revision_after(*words: str) -> str:
        subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path / "app",
            env={**environment, "ATELIER_DATA_DIR": str(data)},
            check=True,
        )
        with closing(sqlite3.connect(data / "atelier.sqlite3")) as database:
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)

    newest = revision_after("-m", "alembic", "upgrade", "head")
    assert len(typed) == 2
    assert len(set(typed)) == 1
    assert revision_after(*typed[0].split()) == "0001" < newest


class TestDashboard:
    """The dashboard can be imported, and shows every metric."""

    def test_it_shows_every_metric_and_no_other(self) -> None:
        shown = set().union(*map(metrics_in, EXPRESSIONS))
        assert {name for name in shown if name.startswith("atelier_")} == set(metrics())
        assert shown - set(metrics()) <= {"process_resident_memory_bytes", "process_cpu_seconds_total"}

    def test_it_groups_by_labels_that_the_metrics_have(self) -> None:
        known = {"le"}.union(*(labels for _, labels in metrics().values()))
        for expression in EXPRESSIONS:
            grouped = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
            assert grouped | set(re.findall(r"[{,]\s*(\w+)=", expression)) <= known, expression

    def test_it_asks_which_prometheus_to_use_on_import(self) -> None:
        (variable,) = DASHBOARD["templating"]["list"]
        assert (variable["type"], variable["query"]) == ("datasource", "prometheus")
        for source in [part["datasource"] for panel in PANELS for part in (panel, *panel["targets"])]:
            assert source == {"type": "prometheus", "uid": f"${{{variable['name']}}}"}

    def test_it_is_not_tied_to_a_grafana_instance(self) -> None:
        assert DASHBOARD["id"] is None
        assert DASHBOARD["schemaVersion"] >= 36
        assert DASHBOARD["title"] == "Atelier"

    def test_its_panels_have_names_and_do_not_overlap(self) -> None:
        panels = DASHBOARD["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert all(panel["title"] for panel in panels)
        for one, other in combinations([panel["gridPos"] for panel in panels], 2):
            side_by_side = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
            assert side_by_side or below
        assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize("alert", ALERTS.values(), ids=lambda alert: alert["alert"])
def test_an_alert_uses_existing_metrics_and_says_what_is_wrong(alert: dict[str, Any]) -> None:
    assert metrics_in(alert["expr"]) <= set(metrics())
    assert metrics_in(alert["expr"]) or alert["expr"] == 'up{job="atelier"} == 0'
    assert alert["annotations"]["summary"].endswith(".")


class TestCompose:
    """`docker-compose.yml`, the bot with PostgreSQL and Prometheus."""

    def test_it_sets_only_existing_settings_and_no_secrets(self) -> None:
        environment = COMPOSE["services"]["atelier"]["environment"]
        assert set(environment) <= set(setting_names())
        assert environment["ATELIER_DISCORD__TOKEN"].startswith("${ATELIER_DISCORD__TOKEN:?")
        assert "${POSTGRES_PASSWORD:?" in environment["ATELIER_DATABASE_URL"]
        url = re.sub(r"\$\{[^}]*\}", "password", environment["ATELIER_DATABASE_URL"])
        assert Settings.model_validate({"database_url": url}).database == url

    def test_its_bot_has_the_name_used_in_the_documentation(self) -> None:
        called = set(re.findall(r"docker (?:logs|stop|exec(?: --user root)?) ([\w-]+)", PAGE))
        assert called == {COMPOSE["services"]["atelier"]["container_name"]}

    def test_prometheus_scrapes_the_bots_address(self) -> None:
        environment = COMPOSE["services"]["atelier"]["environment"]
        dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        (port,) = re.findall(r"ATELIER_HTTP__PORT=(\d+)", dockerfile)
        assert environment["ATELIER_HTTP__HOST"] == "0.0.0.0"  # noqa: S104 - in a network of its own
        assert "ATELIER_HTTP__PORT" not in environment
        assert PROMETHEUS["scrape_configs"][0]["static_configs"] == [{"targets": [f"atelier:{port}"]}]

    def test_the_files_and_volumes_it_mounts_exist(self) -> None:
        mounts = [mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service["volumes"]]
        files = {mount for mount in mounts if mount.startswith("./")}
        assert {f"./docker/{name}" for name in ("prometheus.yml", "alerts.yml")} == files
        assert all((ROOT / name).is_file() for name in files)
        assert set(mounts) - files == set(COMPOSE["volumes"])
        assert PROMETHEUS["rule_files"] == ["alerts.yml"]

    def test_it_gives_the_bot_longer_than_its_grace_period_to_stop(self) -> None:
        seconds = int(COMPOSE["services"]["atelier"]["stop_grace_period"].removesuffix("s"))
        assert seconds > 2 * Settings.model_construct().shutdown_grace_seconds

    def test_nothing_can_be_reached_from_another_machine(self) -> None:
        ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
        assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
        assert not any("network_mode" in service for service in COMPOSE["services"].values())
