"""Inputs and results of a job as rows of their own, a job's locale, and plainer names."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ROLES = ("content", "style")
INPUT_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "sha256": sa.String(64),
    "url": sa.Text(),
    "size_bytes": sa.BigInteger(),
    "thumbnail_sha256": sa.String(64),
    "name": sa.String(256),
    "is_spoiler": sa.Boolean(),
}
NEEDED_INPUT_COLUMNS = {"size_bytes": "0", "is_spoiler": "false"}
RESULT_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "painting_sha256": sa.String(64),
    "painting_format": sa.String(8),
    "gif_sha256": sa.String(64),
    "width_px": sa.Integer(),
    "height_px": sa.Integer(),
}
RENAMED: dict[str, tuple[str, sa.types.TypeEngine[Any], bool]] = {
    "told": ("settled", sa.Boolean(), False),
    "lender_id": ("source_owner_id", sa.BigInteger(), True),
}
FORMERLY_INDEXED = ("content_sha256", "style_sha256", "painting_sha256", "gif_sha256")

INPUTS = sa.table("job_inputs", *map(sa.column, ("job_id", "role", "position", "weight", *INPUT_COLUMNS)))
RESULTS = sa.table("job_results", *map(sa.column, ("job_id", "kind", "media_type", "sha256", "width_px", "height_px")))
JOBS = sa.table(
    "jobs",
    *map(sa.column, ("job_id", "state", *RESULT_COLUMNS)),
    *(sa.column(f"{role}_{name}") for role in ROLES for name in INPUT_COLUMNS),
)


def upgrade() -> None:
    op.create_table(
        "job_inputs",
        _job_id(),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("mask_sha256", sa.String(64)),
        sa.Column("url", sa.Text()),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("thumbnail_sha256", sa.String(64)),
        sa.Column("name", sa.String(256)),
        sa.Column("is_spoiler", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "job_results",
        _job_id(),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("width_px", sa.Integer()),
        sa.Column("height_px", sa.Integer()),
    )
    for role in ROLES:
        former = {name: JOBS.c[f"{role}_{name}"] for name in INPUT_COLUMNS}
        op.execute(_copied(INPUTS, role=sa.literal(role), position=sa.literal(0), weight=sa.literal(1.0), **former))
    media_type = sa.literal("image/") + sa.func.coalesce(JOBS.c.painting_format, "png")
    painting = {"sha256": JOBS.c.painting_sha256, "width_px": JOBS.c.width_px, "height_px": JOBS.c.height_px}
    op.execute(_copied(RESULTS, kind=sa.literal("painting"), media_type=media_type, **painting))
    timelapse = {"sha256": JOBS.c.gif_sha256, "media_type": sa.literal("image/gif")}
    op.execute(_copied(RESULTS, kind=sa.literal("timelapse"), **timelapse))
    op.create_index("ix_job_inputs_sha256", "job_inputs", ["sha256"])
    op.create_index("ix_job_results_sha256", "job_results", ["sha256"])
    for name in (*FORMERLY_INDEXED, *RENAMED):
        op.drop_index(f"ix_jobs_{name}", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        for former_name, (name, kind, nullable) in RENAMED.items():
            jobs.alter_column(former_name, new_column_name=name, existing_type=kind, existing_nullable=nullable)
        for role in ROLES:
            for name in INPUT_COLUMNS:
                jobs.drop_column(f"{role}_{name}")
        for name in RESULT_COLUMNS:
            jobs.drop_column(name)
        jobs.add_column(sa.Column("locale", sa.String(16)))
    for name, _, _ in RENAMED.values():
        op.create_index(f"ix_jobs_{name}", "jobs", [name])
    op.execute(_renamed_state("cancelled", "canceled"))


def downgrade() -> None:
    op.execute(_renamed_state("canceled", "cancelled"))
    for name, _, _ in RENAMED.values():
        op.drop_index(f"ix_jobs_{name}", "jobs")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("locale")
        for former_name, (name, kind, nullable) in RENAMED.items():
            jobs.alter_column(name, new_column_name=former_name, existing_type=kind, existing_nullable=nullable)
        for role in ROLES:
            for name, kind in INPUT_COLUMNS.items():
                jobs.add_column(_former_input_column(role, name, kind))
        for name, kind in RESULT_COLUMNS.items():
            jobs.add_column(sa.Column(name, kind))
    for role in ROLES:
        of_role = INPUTS.c.role == role, INPUTS.c.position == 0
        former = {f"{role}_{name}": _value(INPUTS, INPUTS.c[name], *of_role) for name in INPUT_COLUMNS}
        for name, default in NEEDED_INPUT_COLUMNS.items():
            former[f"{role}_{name}"] = sa.func.coalesce(former[f"{role}_{name}"], sa.text(default))
        op.execute(sa.update(JOBS).values(former))
    is_painting, is_timelapse = RESULTS.c.kind == "painting", RESULTS.c.kind == "timelapse"
    picture_format = sa.func.substr(RESULTS.c.media_type, len("image/") + 1)
    op.execute(
        sa.update(JOBS).values(
            painting_sha256=_value(RESULTS, RESULTS.c.sha256, is_painting),
            painting_format=_value(RESULTS, picture_format, is_painting),
            width_px=_value(RESULTS, RESULTS.c.width_px, is_painting),
            height_px=_value(RESULTS, RESULTS.c.height_px, is_painting),
            gif_sha256=_value(RESULTS, RESULTS.c.sha256, is_timelapse),
        )
    )
    with op.batch_alter_table("jobs") as jobs:
        for role in ROLES:
            for name in NEEDED_INPUT_COLUMNS:
                jobs.alter_column(
                    f"{role}_{name}", server_default=None, existing_type=INPUT_COLUMNS[name], existing_nullable=False
                )
    for name in (*FORMERLY_INDEXED, *RENAMED):
        op.create_index(f"ix_jobs_{name}", "jobs", [name])
    op.drop_table("job_results")
    op.drop_table("job_inputs")


def _job_id() -> sa.Column[str]:
    return sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True)


def _copied(table: sa.TableClause, **values: sa.ColumnElement[Any]) -> sa.Insert:
    """A row of each job that has such a file; of its inputs even where the file is gone."""
    jobs = sa.select(JOBS.c.job_id, *values.values())
    if table is RESULTS:
        jobs = jobs.where(values["sha256"].is_not(None))
    return sa.insert(table).from_select(["job_id", *values], jobs)


def _value(table: sa.TableClause, column: sa.ColumnElement[Any], *which: sa.ColumnElement[bool]) -> Any:
    """What a row of the job has in this column."""
    return sa.select(column).where(table.c.job_id == JOBS.c.job_id, *which).scalar_subquery()


def _renamed_state(former: str, name: str) -> sa.Update:
    return sa.update(JOBS).where(JOBS.c.state == former).values(state=name)


def _former_input_column(role: str, name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    if name not in NEEDED_INPUT_COLUMNS:
        return sa.Column(f"{role}_{name}", kind)
    default = sa.text(NEEDED_INPUT_COLUMNS[name])
    return sa.Column(f"{role}_{name}", kind, nullable=False, server_default=default)
