from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import monitor.record
from monitor.record.schema import SCHEMA, metadata
from monitor.record.writer import RecordWriter
from tests.record.examples import HOUSE

MIGRATIONS = Path(monitor.record.__file__).parent / "migrations"


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        assert compare_metadata(MigrationContext.configure(writer._connection), metadata) == []


def test_the_code_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


def test_an_up_to_date_record_opens_without_the_migration_tool(tmp_path: Path) -> None:
    """Loading it takes a quarter of a second, in which a restarted service would watch nobody."""
    RecordWriter(tmp_path).close()
    script = (
        "import sys, pathlib; from monitor.record.writer import RecordWriter as W; W(pathlib.Path(sys.argv[1])).close()"
    )
    script += "; print('alembic' in sys.modules)"
    assert (
        run([sys.executable, "-c", script, tmp_path], capture_output=True, check=True, cwd=HOUSE).stdout == b"False\n"
    )
