from __future__ import annotations

import signal
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from monitor.record.errors import FolderInUse
from monitor.record.lock import FolderLock
from tests.record.examples import HOUSE

HOLDER = """
import pathlib, sys
from monitor.record.lock import FolderLock
lock = FolderLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_chairside_on_the_folder_is_told_in_one_clear_line(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(FolderInUse) as caught:
        FolderLock(tmp_path)
    assert str(caught.value) == (
        f"Another Chairside is running on {tmp_path}; stop it first, or choose another folder with --data"
    )
    FolderLock(tmp_path).release()


def test_a_killed_chairside_leaves_the_folder_free(tmp_path: Path) -> None:
    with Popen([sys.executable, "-c", HOLDER, tmp_path], stdin=PIPE, stdout=PIPE, cwd=HOUSE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(FolderInUse):
            FolderLock(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        FolderLock(tmp_path).release()


def test_the_folder_is_made_when_it_is_not_there(tmp_path: Path) -> None:
    with FolderLock(tmp_path / "new" / "clinic"), FolderLock(tmp_path / "other clinic"):
        assert (tmp_path / "new" / "clinic").is_dir()
