"""What lists show of a session is what its chart says, whatever happens to the record."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from devices.readings import SECOND, Metric, Micros, Numeric
from monitor.clinic.events import AnyEvent, CuffMeasured, NoteWritten, PressureTaken, SessionOpened
from monitor.clinic.figures.summary import Figures
from monitor.clinic.figures.table import lowest_by_minute, steps
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import Amended, ArtefactMarked, ArtefactWithdrawn, Signed
from monitor.config import load
from monitor.record import schema
from monitor.record.finding import FormTerms, Found, Order, Wanted
from monitor.record.glance import GAP, Glance, Signature, kept_glance
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from monitor.reports.session_record import SessionRecord, read_session
from tests.record.examples import ROOM, SESSION, note, opened, record_seconds, second, sql, treatment
from tests.reports.lifelike import LOWEST, esketamine, infusion, record_lifelike
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, DIGEST, at, without
from tests.reports.scripted import SESSION as LIFELIKE

AS_BEFORE_CORRECTED_SUMMARIES = (
    "ALTER TABLE session DROP COLUMN form_changed",
    "ALTER TABLE glance DROP COLUMN simulated",
    "UPDATE alembic_version SET version_num = '0004'",
)
EVERYTHING = Wanted(forms=FormTerms((), 0))
BEFORE_GLANCES = (
    "DROP TABLE glance",
    "ALTER TABLE session DROP COLUMN form_changed",
    "UPDATE alembic_version SET version_num = '0003'",
)


def found(folder: Path) -> Found:
    with RecordReader(folder) as reader:
        return reader.found_sessions(EVERYTHING, Order(), 50)


def shown(folder: Path, session: str = LIFELIKE) -> Glance | None:
    return next(each.glance for each in found(folder).sessions if each.row.id == session)


def kept(folder: Path) -> dict[str, Glance]:
    """As the table has them, also those that no list shows."""
    with RecordReader(folder) as reader, reader._moment() as connection:
        return {row.session: kept_glance(row) for row in connection.execute(select(schema.glance))}


def charted(folder: Path, session: str = LIFELIKE) -> SessionRecord:
    with RecordReader(folder) as reader:
        record = read_session(reader, load(CONFIG), session, at(500))
    assert record is not None
    return record


def figures_of(folder: Path, session: str = LIFELIKE) -> Figures:
    figures = charted(folder, session).figures
    assert figures is not None
    return figures


def agree(glance: Glance | None, figures: Figures) -> None:
    """The list says what the chart says."""
    assert glance is not None
    peak = figures.pressure.highest_sys
    assert peak is not None
    assert (glance.peak_sys, glance.peak_dia, glance.peak_us) == (peak.sys, peak.dia, peak.measured_at)
    assert (glance.baseline_sys, glance.baseline_dia) == (figures.pressure.baseline_sys, figures.pressure.baseline_dia)
    assert (glance.rise_sys, glance.rise_dia) == (figures.pressure.rise_sys, figures.pressure.rise_dia)
    assert (glance.lowest_spo2, glance.below_90_s) == (figures.saturation.lowest, figures.saturation.below_s[90])
    alarms = [figures.alarms.count.get(priority, 0) for priority in (Priority.HIGH, Priority.MEDIUM, Priority.LOW)]
    assert [glance.alarms_high, glance.alarms_medium, glance.alarms_low] == alarms
    assert (glance.signature is Signature.SIGNED) == figures.is_signed


def wrong_glances(folder: Path) -> list[str]:
    """What the check names of them; the signatures here were made up and are named, too."""
    return [line for line in verify(folder).problems if line.startswith("glance")]


def append(folder: Path, *events: AnyEvent, session: str = LIFELIKE) -> None:
    with RecordWriter(folder) as writer:
        writer.append_events([msgspec.structs.replace(each, session=session, room="1") for each in events])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a record with one lifelike session."""
    folder = tmp_path_factory.mktemp("lifelike")
    record_lifelike(folder)
    return (folder / "record.sqlite").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, recorded: bytes) -> Path:
    (tmp_path / "record.sqlite").write_bytes(recorded)
    return tmp_path


def test_a_whole_session_reads_in_the_list_as_in_its_chart(folder: Path) -> None:
    glance, figures = shown(folder), figures_of(folder)
    agree(glance, figures)
    assert glance is not None
    assert glance.lowest_spo2 == LOWEST, "the desaturation was found"
    assert (glance.below_90_s or 0) > 30
    assert (glance.alarms_high, glance.alarms_medium, glance.alarms_low) == (1, 1, 0)
    assert (glance.signature, glance.over, glance.damaged) == (Signature.SIGNED, True, False)
    assert wrong_glances(folder) == []


def test_an_infusion_reads_in_the_list_as_in_its_chart(tmp_path: Path) -> None:
    record_lifelike(tmp_path, infusion(), "abc", seed=3)
    agree(shown(tmp_path, "abc"), figures_of(tmp_path, "abc"))
    assert wrong_glances(tmp_path) == []


def test_the_trend_is_the_table_of_minutes(folder: Path) -> None:
    record = charted(folder)
    assert record.session is not None
    zero, end = record.session.first_dose_at, record.session.ended_at
    assert zero is not None
    assert end is not None
    curve = record.curves()[Metric.SPO2].between(zero, end + 1)
    table = [step.middles.get(Metric.SPO2) for step in steps(record.events, {Metric.SPO2: curve}, (), (zero, end), 1)]
    glance = shown(folder)
    assert glance is not None
    assert list(glance.trend) == [GAP if each is None else int(each.lowest) for each in table]
    assert GAP in glance.trend, "the minute in doubt is a gap"
    assert min(value for value in glance.trend if value != GAP) == glance.lowest_spo2
    assert glance.trend_us == zero


def test_a_minute_without_a_value_is_a_gap_of_its_own(folder: Path) -> None:
    curve = charted(folder).curves()[Metric.SPO2]
    start = at(79)
    assert lowest_by_minute(curve, (start, start + 180 * SECOND))[1:3].count(None) >= 1
    assert lowest_by_minute(curve.between(0, 0), (start, start + 60 * SECOND)) == [None]
    assert lowest_by_minute(curve, (start, start)) in ([], [None])


# ---- what is said afterwards


def test_a_corrected_pressure_counts_in_the_list_at_once(folder: Path) -> None:
    by_hand = next(each for each in charted(folder).told if isinstance(each, PressureTaken))
    fix = Amended(
        at=at(200), by="nurse 1", corrects=by_hand.seq, text="188", reason="misread", role="nurse", changes={"sys": 188}
    )
    append(folder, fix)
    glance = shown(folder)
    agree(glance, figures_of(folder))
    assert glance is not None
    assert (glance.peak_sys, glance.signature) == (188, Signature.CHANGED)
    assert wrong_glances(folder) == []


def test_an_artefact_no_longer_counts_and_counts_again_when_the_mark_is_withdrawn(folder: Path) -> None:
    whole = shown(folder)
    mark = ArtefactMarked(
        at=at(200),
        by="nurse 1",
        start=at(51),
        end=at(55),
        metrics=(Metric.SPO2, Metric.SYS),
        reason="moved",
        role="nurse",
    )
    append(folder, mark)
    without = shown(folder)
    agree(without, figures_of(folder))
    assert without is not None
    assert without.lowest_spo2 is not None
    assert without.lowest_spo2 > LOWEST
    marked = next(each for each in charted(folder).told if isinstance(each, ArtefactMarked))
    append(folder, ArtefactWithdrawn(at=at(201), by="nurse 1", marked=marked.seq, reason="it was real", role="nurse"))
    again = shown(folder)
    agree(again, figures_of(folder))
    assert again is not None
    assert whole is not None
    assert (again.lowest_spo2, again.trend) == (whole.lowest_spo2, whole.trend)


def test_a_new_signature_shows_in_the_list(folder: Path) -> None:
    fix = Amended(at=at(200), by="nurse 1", corrects=3, text="Window seat", reason="forgotten", role="nurse")
    append(folder, fix)
    assert getattr(shown(folder), "signature", None) is Signature.CHANGED
    covers = charted(folder).told[-1].seq
    append(folder, Signed(at=at(210), by="Dr. 1", role="clinician", meaning="review", covers=covers, digest=DIGEST))
    assert getattr(shown(folder), "signature", None) is Signature.SIGNED


# ---- while it goes on


def test_a_session_that_goes_on_is_counted_at_each_seal_and_not_before(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events([*treatment()[:4], note("five")])
        record_seconds(writer, 0, 30, seal=False)
        assert found(tmp_path).sessions[0].glance is None, "nothing is better than a figure of nothing"
        writer.seal_room(ROOM)
        first = found(tmp_path).sessions[0].glance
        assert first is not None
        assert (first.over, first.last_seq) == (False, 5)
        writer.append_events([note("six")])
        assert found(tmp_path).sessions[0].glance == first, "an event of now costs nothing"
        assert wrong_glances(tmp_path) == []


def test_between_its_end_and_the_last_seal_a_session_has_no_figures(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment()[:4])
        record_seconds(writer, 0, 10, seal=False)
        writer.seal_room(ROOM)
        record_seconds(writer, 10, 20, seal=False)
        writer.append_events(treatment()[4:])
        assert found(tmp_path).sessions[0].glance is None, "those so far leave out the end"
        assert wrong_glances(tmp_path) == []
        writer.seal_room(ROOM)
        assert getattr(found(tmp_path).sessions[0].glance, "over", None) is True


def test_figures_that_a_crash_left_behind_are_counted_at_the_next_start(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment()[:4])
        record_seconds(writer, 0, 10, seal=False)
        writer.append_events(treatment()[4:])
    with RecordWriter(tmp_path) as writer:
        writer.count_uncounted(5)
        assert found(tmp_path).sessions[0].glance is None, "its last values are not sealed yet"
        writer.seal_due(second(9999)[0])
        assert getattr(found(tmp_path).sessions[0].glance, "over", None) is True


def test_a_session_without_any_value_has_its_figures_when_it_ends(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment())
    glance = found(tmp_path).sessions[0].glance
    assert glance is not None
    assert (glance.lowest_spo2, glance.below_90_s, glance.peak_sys) == (None, None, None)
    assert set(glance.trend) == {GAP}
    assert glance.signature is Signature.UNSIGNED


def test_a_fault_in_counting_keeps_the_event(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An amendment that cannot be put in must not take later ones, or values, out of the record."""
    device = next(each for each in charted(folder).told if isinstance(each, CuffMeasured))
    fix = Amended(at=at(200), by="x", corrects=device.seq, text="-", reason="-", role="nurse", changes={"sys": "high"})
    append(folder, fix)
    append(folder, NoteWritten(at=at(201), by="nurse 1", text="kept"))
    assert shown(folder) is None
    assert "fault in counting its figures" in caplog.text
    with RecordReader(folder) as reader:
        assert [type(each) for each in reader.events(session=LIFELIKE)][-2:] == [Amended, NoteWritten]


# ---- damage


def rot(folder: Path) -> None:
    worst = f"metric = 'SpO2' AND start_us <= {at(53)} AND end_us >= {at(53)}"
    sql(folder, " ".join(("UPDATE chunk SET body = rotten(body) WHERE", worst)))


def test_a_damaged_chunk_is_told_and_no_lowest_is(folder: Path) -> None:
    rot(folder)
    append(folder, NoteWritten(at=at(200), by="nurse 1", text="looked again"))
    glance = shown(folder)
    assert glance is not None
    assert (glance.damaged, glance.lowest_spo2, glance.below_90_s) == (True, None, None)
    assert glance.peak_sys == 150, "the pressures are whole"
    assert any("chunk" in line for line in verify(folder).problems)
    assert wrong_glances(folder) == []


def test_damaged_seconds_that_were_never_sealed_leave_no_lowest(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment()[:4])
        record_seconds(writer, 0, 30, seal=False)
    sql(tmp_path, "UPDATE journal SET body = rotten(body) WHERE seq = 25")
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment()[4:])
        writer.seal_due(second(9999)[0])
        writer.count_uncounted(5)
    glance = found(tmp_path).sessions[0].glance
    assert glance is not None
    assert (glance.over, glance.damaged, glance.lowest_spo2, glance.below_90_s) == (True, True, None, None)


def test_a_damaged_event_leaves_no_figure(folder: Path) -> None:
    sql(folder, "UPDATE event SET body = replace(body, '150', '110') WHERE kind = 'CuffMeasured'")
    append(folder, NoteWritten(at=at(200), by="nurse 1", text="looked again"))
    glance = shown(folder)
    assert glance is not None
    assert glance.damaged
    assert {glance.peak_sys, glance.lowest_spo2, glance.alarms_high} == {None}
    assert glance.signature is None, "what was signed is not what is there"


TO_SIGN = Wanted(forms=FormTerms((), 0), signature="to_sign")


def to_sign(folder: Path) -> list[str]:
    with RecordReader(folder) as reader:
        return [each.row.id for each in reader.found_sessions(TO_SIGN, Order(), 50).sessions]


def lifelike(folder: Path, *unwanted: type[AnyEvent]) -> None:
    record_lifelike(folder, [*without(esketamine(), *unwanted), NoteWritten(at=at(30), by="nurse 1", text="hello")])
    sql(folder, "UPDATE event SET body = replace(body, 'hello', 'hallo') WHERE kind = 'NoteWritten'")
    append(folder, NoteWritten(at=at(199), by="nurse 1", text="looked again"))


def test_an_unsigned_session_is_led_to_although_an_event_of_it_is_damaged(tmp_path: Path) -> None:
    lifelike(tmp_path, Signed)
    assert to_sign(tmp_path) == [LIFELIKE]
    assert wrong_glances(tmp_path) == []
    append(tmp_path, Signed(at=at(210), by="Dr. 1", role="clinician", meaning="x", covers=10**6, digest=DIGEST))
    assert to_sign(tmp_path) == [], "nobody can get rid of it"


def test_a_damaged_session_that_was_changed_since_it_was_signed_is_led_to(tmp_path: Path) -> None:
    lifelike(tmp_path)
    assert to_sign(tmp_path) == []
    append(tmp_path, Amended(at=at(200), by="nurse 1", corrects=3, text="-", reason="-", role="nurse"))
    assert to_sign(tmp_path) == [LIFELIKE]


def test_a_session_whose_beginning_is_damaged_is_led_to(tmp_path: Path) -> None:
    record_lifelike(tmp_path, without(esketamine(), Signed))
    sql(tmp_path, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE kind = 'SessionOpened'")
    append(tmp_path, NoteWritten(at=at(199), by="nurse 1", text="looked again"))
    assert to_sign(tmp_path) == [LIFELIKE]


def test_a_session_is_simulated_when_its_opening_or_anything_measured_says_so(tmp_path: Path) -> None:
    real = [each for each in esketamine() if not isinstance(each, CuffMeasured)]
    told = [msgspec.structs.replace(each, simulated=True) if isinstance(each, SessionOpened) else each for each in real]
    for session, events in (("real", real), ("told", told), ("measured", esketamine())):
        record(tmp_path, events, session)
    with RecordWriter(tmp_path) as writer:
        writer.count_uncounted(5)
    assert {name: each.simulated for name, each in kept(tmp_path).items()} == {
        "real": False,
        "told": True,
        "measured": True,
    }


def test_a_damaged_session_of_an_older_record_is_led_to_once_it_was_counted_again(tmp_path: Path) -> None:
    lifelike(tmp_path, Signed)
    sql(tmp_path, "UPDATE glance SET signature = NULL", *AS_BEFORE_CORRECTED_SUMMARIES, with_triggers=True)
    with RecordWriter(tmp_path) as writer:
        writer.count_uncounted(5)
    assert to_sign(tmp_path) == [LIFELIKE]


@pytest.mark.parametrize(
    "change",
    [
        "lowest_spo2 = 95",
        "below_90_s = 0",
        "peak_sys = 140",
        "signature = 'unsigned'",
        "alarms_high = 0",
        "trend = x'61'",
        "last_seq = last_seq - 1",
    ],
)
def test_a_changed_figure_is_named(folder: Path, change: str) -> None:
    sql(folder, " ".join(("UPDATE glance SET", change)))
    assert wrong_glances(folder) == [f"glance {LIFELIKE}: is not what its events and chunks say"]


# ---- older records


def test_an_older_record_is_counted_a_few_sessions_at_a_time(folder: Path) -> None:
    with RecordWriter(folder) as writer:
        for number in range(3):
            hours: Micros = (number + 1) * 3600 * SECOND
            shifted = [msgspec.structs.replace(each, at=each.at + hours) for each in treatment(f"s{number}")]
            writer.append_events(shifted)
        writer.append_events([opened("goes on", at=at(9000))])
    whole = kept(folder)
    sql(folder, *BEFORE_GLANCES, with_triggers=True)
    with RecordWriter(folder) as writer:
        assert [each.glance for each in found(folder).sessions] == [None] * 5
        writer.count_uncounted(1)
        assert len(kept(folder)) == 1, "at most so many at once"
        for _ in range(4):
            writer.count_uncounted(1)
    assert kept(folder) == whole
    assert wrong_glances(folder) == []


def test_values_of_another_session_in_the_same_room_count_for_none(tmp_path: Path) -> None:
    """Two sessions whose values are sealed at once."""
    with RecordWriter(tmp_path) as writer:
        writer.append_events(treatment()[:4])
        record_seconds(writer, 9000, 9010, seal=False)
        writer.append_events(treatment()[4:])
        writer.append_events([opened("next", at=second(9019)[0])])
        moment = second(9020)[0]
        writer.append_second(moment, [(ROOM, "next", Numeric(Metric.SPO2, 12.0, moment, moment, "oxi-1"))])
        writer.seal_room(ROOM)
    glances = kept(tmp_path)
    assert glances["next"].lowest_spo2 == 12
    assert glances[SESSION].lowest_spo2 != 12
    assert glances[SESSION].over
