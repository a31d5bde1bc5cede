"""The service is killed again and again under load; what a nurse was told is done must be in the record."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from devices.adapter import Vitals
from devices.oximeters.nonin_df7 import NoninDf7Emulator
from monitor.clinic.events import NoteWritten
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.service.bus import BusAddress, BusUnavailable, ask
from monitor.service.messages import Request, WriteNote
from tests.service.clinic import ask_until_there, running_warm_service, snapshot, start_session, write_config

CLINICS = 2
"""They run side by side, so that all of it takes half the time."""
KILLS = 100
"""Of each clinic."""
ROOMS = ("1", "2", "3", "4")


@pytest.mark.timeout(900)
def test_no_click_that_showed_done_is_lost_in_200_kills(tmp_path: Path) -> None:
    folders = [tmp_path / f"clinic{number}" for number in range(CLINICS)]
    with ThreadPoolExecutor(CLINICS) as pool:
        told_done = list(pool.map(_killed_again_and_again, folders, range(CLINICS)))
    for folder, done in zip(folders, told_done, strict=True):
        kept = Counter(event.text for event in RecordReader(folder).events() if isinstance(event, NoteWritten))
        assert len(done) > KILLS, "the load was no load"
        assert done <= set(kept), "a note that was answered with done is not in the record"
        assert max(kept.values()) == 1, "a note was recorded twice"
        report = verify(folder)
        assert report.sound, report.problems
        assert report.journal_rows, "nothing was measured under the load"


def _killed_again_and_again(folder: Path, seed: int) -> set[str]:
    """The notes that a clinic in this folder has answered with done."""
    folder.mkdir()
    config = write_config(folder, {room: _recorded_oximeter(folder / f"{room}.bin") for room in ROOMS})
    address = BusAddress.create(folder)
    chance = random.Random(seed)
    done: set[str] = set()
    for kill in range(KILLS):
        with running_warm_service(config, folder) as service:
            if kill == 0:
                for room in ROOMS:
                    assert ask_until_there(address, start_session(room, f"K-{room}")).done
            alive = snapshot(address)
            assert all(alive[room]["session"]["patient"] == f"K-{room}" for room in ROOMS), "a session was not restored"
            # Most die while clicks are being saved, some also in the middle of a second's measurements.
            after_s = chance.uniform(0.01, 0.25) if kill % 10 else chance.uniform(0.9, 1.5)
            sessions = {room: alive[room]["session"]["id"] for room in ROOMS}
            asyncio.run(_write_notes_until_killed(address, sessions, kill, done, service.kill, after_s))
    return done


def _recorded_oximeter(path: Path) -> str:
    """A device that plays ten seconds of an oximeter, so that every second is journalled, too."""
    emulator = NoninDf7Emulator()
    path.write_bytes(b"".join(emulator.step(Vitals(spo2=97, pr=70)) for _ in range(750)))
    return f"{{ name = 'oximeter', protocol = 'nonin_df7', port = 'file:{path}' }}"


async def _write_notes_until_killed(
    address: BusAddress, sessions: dict[str, str], kill: int, done: set[str], kill_it: object, after_s: float
) -> None:
    async def write(room: str) -> None:
        number = 0
        while True:
            note = f"{kill}/{room}/{number}"
            try:
                outcome = await ask(
                    address, Request("nurse 1", WriteNote(room=room, session=sessions[room], text=note)), timeout_s=0.2
                )
            except BusUnavailable:
                return
            if outcome.done:
                done.add(note)
            number += 1

    writers = [asyncio.create_task(write(room)) for room in ROOMS]
    await asyncio.sleep(after_s)
    assert callable(kill_it)
    kill_it()
    await asyncio.gather(*writers)
