"""Files of sessions: one by its address, many by an export that runs beside the pages."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.clinic.events import NoteWritten
from monitor.config import load
from monitor.reports.kinds import Format
from monitor.web.export_jobs import Busy, ExportJobs, Job, Progress
from monitor.web.server import create_app
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import SESSION, at, beginning, whole
from tests.web.running import ORIGIN, Running
from tests.web.test_server import CONFIG

OPEN = "0be11" * 4


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    record(tmp_path, whole())
    record(tmp_path, beginning(), OPEN)
    return tmp_path


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        yield client


def ordered(web: Running, **changed: Any) -> Any:
    return web.post("/exports", json={"kind": "form-json", "sessions": [SESSION, OPEN]} | changed, headers=ORIGIN)


def finished(web: Running, job: str) -> dict[str, Any]:
    """The export once it runs no more."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        progress: dict[str, Any] = web.get(f"/exports/{job}").json()
        if progress["state"] != "running":
            return progress
        time.sleep(0.1)
    raise AssertionError("the export did not end")


def test_many_sessions_come_in_one_archive_with_their_progress_told(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    started = ordered(web).json()
    assert (started["total"], started["state"]) == (2, "running")
    progress = finished(web, started["id"])
    assert (progress["state"], progress["done"], progress["troubled"]) == ("ready", 2, 0), progress
    reply = web.get(f"/exports/{started['id']}/sessions.zip")
    assert "sessions-form-json.zip" in reply.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert len(archive.namelist()) == 2


def test_a_session_that_cannot_be_written_is_named(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    sql(clinic, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    progress = finished(web, ordered(web).json()["id"])
    assert (progress["state"], progress["done"], progress["troubled"]) == ("ready", 2, 1)
    assert f"The beginning of session {SESSION} is damaged" in progress["problems"][0]


def test_nobody_gets_files_who_is_not_signed_in(web: Running, clinic: Path) -> None:
    assert ordered(web).status_code == 401
    assert web.get(f"/sessions/{SESSION}/form.pdf").status_code == 401
    web.sign_in(clinic)
    job = ordered(web).json()["id"]
    finished(web, job)
    web.cookies.clear()
    assert web.get(f"/exports/{job}/sessions.zip").status_code == 404


def test_an_export_that_is_stopped_leaves_nothing(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    job = ordered(web, sessions=[SESSION] * 2000).json()["id"]
    assert web.post(f"/exports/{job}/stop", json={}, headers=ORIGIN).json()["state"] == "stopped"
    assert list((clinic / "exports").iterdir()) == []
    assert web.get(f"/exports/{job}/sessions.zip").status_code == 404


def begin(jobs: ExportJobs, clinic: Path, owner: int = 1, sessions: int = 1) -> Coroutine[Any, Any, Progress]:
    return jobs.start(owner, load(clinic / "config.toml"), clinic, [SESSION] * sessions, Format.FORM_JSON)


def test_an_export_that_is_stopped_before_its_process_runs_does_not_run(clinic: Path) -> None:
    async def stopped_at_once() -> Progress:
        jobs = ExportJobs(clinic / "exports")
        progress = await begin(jobs, clinic, sessions=50)
        job = jobs.find(1, progress.id)
        assert job is not None
        await job.stop()
        return progress

    progress = asyncio.run(stopped_at_once())
    assert (progress.state, progress.done) == ("stopped", 0)


def test_two_orders_at_once_leave_one_export_and_none_that_nobody_knows(clinic: Path) -> None:
    async def twice() -> list[Progress]:
        jobs = ExportJobs(clinic / "exports")
        first = await begin(jobs, clinic, sessions=2000)
        others = await asyncio.gather(*(begin(jobs, clinic, sessions=2000) for _ in range(2)))
        known = [each for each in others if jobs.find(1, each.id) is not None]
        assert [each.state for each in (first, *others) if each not in known] == ["stopped", "stopped"]
        await jobs.close()
        return known

    assert [each.state for each in asyncio.run(twice())] == ["stopped"]


def test_an_archive_that_was_thrown_away_is_not_offered(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    job = ordered(web).json()["id"]
    finished(web, job)
    assert web.post(f"/exports/{job}/stop", json={}, headers=ORIGIN).json()["state"] == "stopped"
    assert web.get(f"/exports/{job}/sessions.zip").status_code == 404


def test_an_archive_stays_when_the_next_export_has_to_wait(clinic: Path) -> None:
    async def others_run() -> bool:
        jobs = ExportJobs(clinic / "exports")
        progress = await begin(jobs, clinic)
        job = await done(jobs, progress)
        for other in (2, 3):
            await begin(jobs, clinic, other, sessions=2000)
        with pytest.raises(Busy):
            await begin(jobs, clinic)
        there = jobs.find(1, progress.id) is job and job.out.is_file()
        await jobs.close()
        return there

    assert asyncio.run(others_run())


def test_a_session_of_which_much_is_damaged_does_not_end_the_export(web: Running, clinic: Path) -> None:
    noted = "f" * 32
    notes = [NoteWritten(at=at(1 + number / 1000), by="nurse 1", text=f"{number}") for number in range(2000)]
    record(clinic, [*beginning(), *notes], noted)
    sql(clinic, "UPDATE event SET body = replace(body, 'nurse 1', 'nurse 2') WHERE kind = 'NoteWritten'")
    web.sign_in(clinic)
    progress = finished(web, ordered(web, sessions=[noted, OPEN]).json()["id"])
    assert (progress["state"], progress["done"], progress["troubled"]) == ("ready", 2, 1)


def test_a_fault_in_one_session_keeps_the_others_not_back(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    sql(clinic, f"UPDATE session SET opened_us = 'rot' WHERE id = '{SESSION}'")  # noqa: S608 - a name of our own
    job = ordered(web).json()["id"]
    progress = finished(web, job)
    assert (progress["state"], progress["done"], progress["troubled"]) == ("ready", 2, 1), progress
    assert f"Session {SESSION} could not be written: a fault of Chairside" in progress["problems"][0]
    with zipfile.ZipFile(io.BytesIO(web.get(f"/exports/{job}/sessions.zip").content)) as archive:
        assert len(archive.namelist()) == 1


async def done(jobs: ExportJobs, progress: Progress) -> Job:
    """The first person's export once its process has ended."""
    job = jobs.find(1, progress.id)
    assert job is not None
    assert job.task is not None
    await job.task
    return job


def test_an_export_stops_before_the_record_has_no_room_on_its_disk(clinic: Path) -> None:
    async def without_room() -> Progress:
        jobs = ExportJobs(clinic / "exports", reserve=1 << 62)
        progress = await begin(jobs, clinic)
        await done(jobs, progress)
        assert list((clinic / "exports").iterdir()) == []
        return progress

    progress = asyncio.run(without_room())
    assert progress.state == "failed"
    assert progress.why.startswith("The disk has no room for this export: ")


def test_an_archive_that_nobody_saved_is_thrown_away(clinic: Path) -> None:
    async def left_alone() -> tuple[bool, Progress]:
        jobs = ExportJobs(clinic / "exports", kept_s=0)
        progress = await begin(jobs, clinic)
        job = await done(jobs, progress)
        was_there = job.out.is_file()
        await asyncio.sleep(0)
        while progress.state == "ready":
            await asyncio.sleep(0)
        assert list((clinic / "exports").iterdir()) == []
        return was_there, progress

    was_there, progress = asyncio.run(left_alone())
    assert was_there
    assert (progress.state, progress.why) == ("gone", "The archive was kept for an hour. Export again.")


def test_who_signs_out_leaves_no_archive(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    finished(web, ordered(web).json()["id"])
    assert list((clinic / "exports").iterdir()) != []
    assert web.post("/sign-out", headers=ORIGIN).status_code == 200
    assert list((clinic / "exports").iterdir()) == []


@pytest.mark.parametrize(
    "order",
    [{"kind": "fax"}, {"sessions": ["../../etc"]}, {"sessions": "all"}, {"more": 1}, {"filter": 1}],
)
def test_a_request_that_is_none_starts_nothing(order: dict[str, Any], web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    reply = ordered(web, **order)
    assert (reply.status_code, reply.json()) == (400, {"problem": "This is no choice of sessions."})
    assert not (clinic / "exports").exists()


def test_all_that_a_filter_finds_is_exported(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    assert ordered(web, sessions=[], filter={"patient": "k-11"}).json()["total"] == 2
    nothing = {"patient": "k-12"}, {"signature": "forged"}
    for members in nothing:
        reply = ordered(web, sessions=[], filter=members)
        assert (reply.status_code, reply.json()) == (400, {"problem": "No session is chosen."})


@pytest.mark.parametrize("name", ["form.docx", "nothing.pdf", "form.json.gz", "FORM.PDF"])
def test_a_file_of_another_kind_is_not_there(name: str, web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    assert web.get(f"/sessions/{SESSION}/{name}").status_code == 404


def test_a_file_is_called_after_its_session(web: Running, clinic: Path) -> None:
    web.sign_in(clinic)
    reply = web.get(f"/sessions/{SESSION}/form.pdf")
    assert reply.headers["content-disposition"] == f'attachment; filename="2027-01-15_K-117_{SESSION[:8]}_form.pdf"'
    assert reply.content.startswith(b"%PDF")
