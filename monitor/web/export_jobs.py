"""Exports of many sessions that people asked for on a page: each a process of its own, with its progress."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from monitor.config import Config
from monitor.lifeline import SUPERVISED
from monitor.reports.kinds import Format
from monitor.reports.order import Failure, Order, Step, encode

log = logging.getLogger(__name__)

MOST_RUNNING = 2
MOST_PROBLEMS = 20
"""So many are told one by one; of the others there is the number."""
LONGEST_LINE = 16 * 1024 * 1024
"""Bytes; a line names all that is damaged in a session."""
KEPT_S = 3600.0
"""How long an archive waits to be saved; it tells who was treated."""
ARCHIVE = "sessions.zip"
ROOT = Path(__file__).parents[2]
_told: msgspec.json.Decoder[Step | Failure] = msgspec.json.Decoder(Step | Failure)

State = Literal["running", "ready", "failed", "stopped", "gone"]


class Progress(msgspec.Struct):
    """How far an export is. ``problems`` are the first ones of ``troubled``; ``why`` says what made it fail, or why its
    archive is gone.
    """

    id: str
    kind: Format
    total: int
    done: int = 0
    troubled: int = 0
    problems: list[str] = []
    state: State = "running"
    why: str = ""


class Job:
    """One export, for the person who asked for it and nobody else. All of its files are in a ``folder`` of its own."""

    def __init__(self, owner: int, progress: Progress, folder: Path) -> None:
        self.owner = owner
        self.progress = progress
        self.out = folder / ARCHIVE
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.task: asyncio.Task[None] | None = None

    async def run(self, order: Order) -> None:
        """Start the process and follow it to its end."""
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.reports"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, SUPERVISED: "1"},
            limit=LONGEST_LINE,
        )
        if self.progress.state != "running":
            process.kill()  # It was stopped while its process was being started, and nobody else knows of that.
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        process.stdin.write(encode(order))
        async for line in process.stdout:
            self._note(_told.decode(line))
        await process.wait()
        if self.progress.state == "running":
            whole = process.returncode == 0 and self.out.is_file()
            self.progress.state = "ready" if whole else "failed"
            self.progress.why = "" if whole else "The export ended before it was done. Try again."
        if self.progress.state != "ready":
            self._remove()

    def _note(self, told: Step | Failure) -> None:
        progress = self.progress
        if isinstance(told, Failure):
            progress.state, progress.why = "failed", told.why
            return
        progress.done += 1
        if told.problem:
            progress.troubled += 1
            progress.problems += [told.problem] if len(progress.problems) < MOST_PROBLEMS else []

    async def stop(self) -> None:
        """End it, if it runs, and remove what it wrote."""
        if self.progress.state != "failed":
            self.progress.state = "stopped"
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        if self.task is not None:
            await asyncio.gather(self.task, return_exceptions=True)
        self._remove()

    def expire(self) -> None:
        """Throw away an archive that waited long enough."""
        if self.progress.state == "ready":
            self.progress.state, self.progress.why = "gone", "The archive was kept for an hour. Export again."
            self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class Busy(Exception):
    """So many exports run that this one has to wait."""


class ExportJobs:
    """One export a person; the next one takes its place. Files lie in ``folder`` until then, at most for ``kept_s``,
    and no longer than until their owner signs out or the web ends. ``reserve`` as in ``monitor.reports.reserve``.
    """

    def __init__(self, folder: Path, kept_s: float = KEPT_S, reserve: int | None = None) -> None:
        self._folder = folder
        self._kept_s = kept_s
        self._reserve = reserve
        shutil.rmtree(folder, ignore_errors=True)  # What a web that was killed has left.
        self._jobs: dict[int, Job] = {}
        self._starting = asyncio.Lock()

    async def start(self, owner: int, config: Config, record: Path, sessions: Sequence[str], kind: Format) -> Progress:
        """Begin an export. Raises: Busy; OSError when its folder cannot be made."""
        async with self._starting:  # Else a second order, while one is being stopped, would start one beside this.
            others = [job for who, job in self._jobs.items() if who != owner]
            if sum(job.progress.state == "running" for job in others) >= MOST_RUNNING:
                raise Busy
            before = self._jobs.pop(owner, None)
            if before is not None:
                await before.stop()
            return self._begun(owner, config, record, sessions, kind)

    def _begun(self, owner: int, config: Config, record: Path, sessions: Sequence[str], kind: Format) -> Progress:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        own = self._folder / name
        own.mkdir(mode=0o700)
        job = Job(owner, Progress(name, kind, len(sessions)), own)
        self._jobs[owner] = job
        order = Order(config, record.resolve(), tuple(sessions), kind, job.out.resolve(), self._reserve)
        job.task = asyncio.create_task(self._followed(job, order))
        return job.progress

    async def _followed(self, job: Job, order: Order) -> None:
        try:
            await job.run(order)
            if job.progress.state == "ready":
                asyncio.get_running_loop().call_later(self._kept_s, job.expire)
        except (OSError, msgspec.DecodeError) as error:
            log.error("an export failed: %s", error)
            job.progress.state, job.progress.why = "failed", f"The export could not run: {error}. Try again."

    def find(self, owner: int, job: str) -> Job | None:
        """A person's own export; ``None`` where there is none of that name."""
        found = self._jobs.get(owner)
        return found if found is not None and found.progress.id == job else None

    async def forget(self, owner: int) -> None:
        """The person has left: nothing of theirs stays."""
        async with self._starting:
            job = self._jobs.pop(owner, None)
            if job is not None:
                await job.stop()

    async def close(self) -> None:
        """Stop all and remove their files."""
        await asyncio.gather(*(job.stop() for job in self._jobs.values()))
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
