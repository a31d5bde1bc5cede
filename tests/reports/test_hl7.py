"""A session as HL7 messages: they say what the record says, value by value, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import msgspec
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.readings import METRICS, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, CuffMeasured, PressureTaken
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    AssessmentRecorded,
    DeviceGiven,
    InfusionPaused,
    InfusionResumed,
    MedicineGiven,
    RateChanged,
)
from monitor.clinic.treatment.scales import Scale
from monitor.config import load
from monitor.hl7.text import escaped, number
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.hl7 import oru_messages, session_file
from monitor.reports.session_record import SessionRecord, read_session
from tests.hl7.reading import Message, Observation, micros, unescaped
from tests.record.examples import sql
from tests.reports.lifelike import DOUBTFUL_MIN, esketamine, infusion, record_lifelike
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, MINUTE, SESSION, at, beginning, in_order

READ_AT = at(200)
MDC = {"150456": Metric.SPO2, "149530": Metric.PR, "150448": Metric.PI, "151562": Metric.RR}
UNITS = {
    Metric.SPO2: "262688^MDC_DIM_PERCENT^MDC",
    Metric.PR: "264864^MDC_DIM_BEAT_PER_MIN^MDC",
    Metric.PI: "262688^MDC_DIM_PERCENT^MDC",
    Metric.RR: "264928^MDC_DIM_RESP_PER_MIN^MDC",
}
SYS, DIA, MMHG = "150021", "150022", "266016^MDC_DIM_MMHG^MDC"
RATE = "157784"

Later = Callable[[AnyEvent], list[Message]]


def found_in(folder: Path, session: str = SESSION) -> SessionRecord:
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), session, READ_AT)
    assert found is not None
    return found


def messages_of(found: SessionRecord) -> list[Message]:
    return [Message.of(each) for each in oru_messages(found)]


def minute(messages: Sequence[Message], minutes: float) -> Message:
    """The message of what was in the minute that begins then."""
    (one,) = [each for each in messages if begins(each) == at(minutes) // MINUTE]
    return one


def begins(message: Message) -> int:
    """The minute that its orders are of, since 1970."""
    (found,) = {micros(order[7]) // MINUTE for order in message.all("OBR")}
    return found


def measured(folder: Path, readings: Sequence[Numeric], events: Sequence[AnyEvent] | None = None) -> list[Message]:
    """A session with these readings of a real device."""
    record(folder, beginning() if events is None else events)
    with RecordWriter(folder) as writer:
        writer.append_second(readings[-1].at, [("1", SESSION, each) for each in readings])
    return messages_of(found_in(folder))


def saturation(minutes: float, value: float | None, quality: Quality = Quality.OK) -> Numeric:
    return Numeric(Metric.SPO2, value, at(minutes), at(minutes), "oximeter", quality)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lifelike")
    record_lifelike(folder)
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> SessionRecord:
    return found_in(folder)


@pytest.fixture(scope="module")
def messages(found: SessionRecord) -> list[Message]:
    return messages_of(found)


@pytest.fixture
def corrected(folder: Path, tmp_path: Path) -> Later:
    """The lifelike session with what was said of it later."""

    def messages_after(later: AnyEvent) -> list[Message]:
        data = Path(shutil.copytree(folder, tmp_path / "data"))
        with RecordWriter(data) as writer:
            writer.append_events([msgspec.structs.replace(later, room="1", session=SESSION)])
        return messages_of(found_in(data))

    return messages_after


def number_of(kind: type[AnyEvent], place: int = 0) -> int:
    return [each.seq for each in in_order(esketamine()) if isinstance(each, kind)][place]


def amended(corrects: int, changes: dict[str, float | int | str | None], *, withdrawn: bool = False) -> Amended:
    return Amended(
        at=at(130),
        by="nurse 1",
        corrects=corrects,
        text="as it was",
        reason="slip",
        role="nurse",
        changes=changes,
        withdrawn=withdrawn,
    )


# ---- what a receiver can rely on


def test_an_independent_parser_takes_the_messages_by_the_letter_of_the_standard(found: SessionRecord) -> None:
    texts = list(oru_messages(found))
    # With a cuff reading, with a nasal device, with a pressure by hand. The parser takes half a second for each.
    for text in (texts[10], texts[20], texts[85]):
        parsed = parse_message(text, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
        assert parsed.validate() is True
        assert parsed.name == "ORU_R01"
        group = parsed.oru_r01_patient_result
        assert group.oru_r01_patient.pid.pid_3.pid_3_1.to_er7() == "K-117"
        assert group.oru_r01_patient.oru_r01_visit.pv1.pv1_3.pv1_3_2.to_er7() == "Room 1"
        rows = [row for order in group.oru_r01_order_observation for row in order.oru_r01_observation]
        assert [row.obx.obx_3.to_er7() for row in rows] == [each[3] for each in Message.of(text).observations]


def test_every_message_says_whose_it_is_and_what_it_is(found: SessionRecord, messages: Sequence[Message]) -> None:
    for each in messages:
        head = each.only("MSH")
        assert head[2:4] == ["^~\\&", "CHAIRSIDE"]
        assert head[9] == "ORU^R01^ORU_R01"
        assert (head[12], head[18]) == ("2.6", "UNICODE UTF-8")
        assert head[21] == "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
        assert each.only("PID")[3] == "K-117^^^CHAIRSIDE^PI"
        assert each.only("PV1")[3] == f"^Room 1^^{found.clinic}"
        assert each.only("PV1")[19].startswith(SESSION)
        assert [row[1] for row in each.observations] == [str(count) for count in range(1, len(each.observations) + 1)]
        keys = [row.key for row in each.observations]
        assert len(set(keys)) == len(keys), "two values have the same order, name and place"
        assert [order[1] for order in each.all("OBR")] == [str(count) for count in range(1, len(each.all("OBR")) + 1)]


def test_the_birth_date_and_the_name_of_a_patient_are_not_sent(found: SessionRecord) -> None:
    whole_file = session_file(found).decode()
    assert "Pâtient" not in whole_file
    assert "19840229" not in whole_file


def test_values_hang_under_a_device_that_is_opened_before_them(messages: Sequence[Message]) -> None:
    for message in messages:
        opened: dict[str, set[str]] = {}
        for row in message.observations:
            mds, vmd, channel, place = row[4].split(".")
            if place == "0" and mds == "1":
                assert (row[2], row[5], row[11]) == ("", "", "X")
                opened.setdefault(row.order, set()).add(row[4])
            elif mds == "1":
                assert {"1.0.0.0", f"1.{vmd}.0.0", f"1.{vmd}.{channel}.0"} <= opened[row.order]
                assert row[18] == ("1/cuff^CHAIRSIDE" if vmd == "3" else "1/oximeter^CHAIRSIDE")
            else:
                assert row[18] == "", "what a person charted comes from no device"


def test_control_ids_are_unique_and_the_same_each_time(folder: Path, messages: Sequence[Message]) -> None:
    ids = [each.control_id for each in messages]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == 20 and each.isalnum() for each in ids)
    assert [each.control_id for each in messages_of(found_in(folder))] == ids
    with RecordReader(folder) as reader:
        later = read_session(reader, load(CONFIG), SESSION, READ_AT + MINUTE)
    assert later is not None
    assert [each.control_id for each in messages_of(later)] == ids


def test_a_file_holds_all_messages_and_says_how_many(found: SessionRecord, messages: Sequence[Message]) -> None:
    segments = session_file(found).decode().removesuffix("\r").split("\r")
    assert segments[0].startswith("BHS|^~\\&|CHAIRSIDE|")
    assert segments[-1] == f"BTS|{len(messages)}"
    assert ["|".join(segment) for message in messages for segment in message.segments[1:]] == [
        segment for segment in segments[1:-1] if not segment.startswith("MSH")
    ]


# ---- the values


def test_there_is_a_message_of_every_minute_with_the_medians_of_that_minute(
    found: SessionRecord, messages: Sequence[Message]
) -> None:
    assert len(messages) == 145
    told = {
        (row.at, MDC[row.code]): row
        for message in messages
        for row in message.observations
        if row.code in MDC and row[11] != "X"
    }
    expected: dict[tuple[Micros, Metric], list[float]] = {}
    for metric, series in found.series.items():
        for reading in series.readings(metric):
            if metric in UNITS and Quality.QUESTIONABLE not in reading.quality and reading.value is not None:
                expected.setdefault((reading.at // MINUTE * MINUTE, metric), []).append(reading.value)
    assert told.keys() == expected.keys()
    for key, values in expected.items():
        assert float(told[key][5]) == pytest.approx(median(values), abs=5e-5)
        assert told[key][6] == UNITS[key[1]]
        assert (told[key][2], told[key][11], told[key][8]) == ("NM", "F", "DEMO")


def test_each_cuff_reading_has_its_own_time(found: SessionRecord, messages: Sequence[Message]) -> None:
    told = [
        (row.at, row.code, float(row[5]), row[6], row[17].split("^")[0])
        for message in messages
        for row in message.observations
        if row.code in (SYS, DIA) and row[18]
    ]
    readings = [each for each in found.events if isinstance(each, CuffMeasured)]
    assert told == [
        (each.measured_at, code, value, MMHG, "AMEAS")
        for each in readings
        for code, value in ((SYS, each.sys), (DIA, each.dia))
    ]
    assert any(at % MINUTE for at, *_ in told)


def test_a_pressure_by_hand_has_no_device_and_says_so(messages: Sequence[Message]) -> None:
    rows = [row for row in minute(messages, 65).observations if row[4].startswith("0.")]
    assert [(row.code, row[5], row[16], row[17], row[18]) for row in rows] == [
        (SYS, "138", "^nurse 1", "MMEAS^manual-measurement^MDC", ""),
        (DIA, "84", "^nurse 1", "MMEAS^manual-measurement^MDC", ""),
        ("149514", "72", "^nurse 1", "MMEAS^manual-measurement^MDC", ""),
    ]
    assert {row.at for row in rows} == {at(65)}


def test_two_readings_in_a_minute_are_kept_apart(tmp_path: Path) -> None:
    both = [
        CuffMeasured(
            at=at(each),
            by="cuff",
            measured_at=at(each),
            sys=sys,
            dia=80,
            map=95,
            pr=66,
            source="cuff",
            simulated=False,
        )
        for each, sys in ((3.1, 140), (3.9, 150))
    ]
    message = minute(measured(tmp_path, [saturation(3, 97)], [*beginning(), *both]), 3)
    assert [(row.order, row[4], row[5], row.at) for row in message.of_code(SYS)] == [
        (f"{SESSION}-e7^CHAIRSIDE", "1.3.7.1", "140", at(3.1)),
        (f"{SESSION}-e8^CHAIRSIDE", "1.3.8.1", "150", at(3.9)),
    ]
    assert [row[3] for row in message.of_code("149546")] == ["149546^MDC_PULS_RATE_NON_INV^MDC"] * 2
    assert message.of_code("150023")[0][5] == "95"


NOT_OF_THEIR_MOMENT = [Quality.HELD, Quality.STORED, Quality.PARTIAL, Quality.HELD | Quality.QUESTIONABLE]


@pytest.mark.parametrize("quality", NOT_OF_THEIR_MOMENT, ids=Quality.names)
def test_what_is_not_measured_now_is_not_sent_as_a_measurement_of_now(tmp_path: Path, quality: Quality) -> None:
    messages = measured(tmp_path, [saturation(3, 97), saturation(4, 81, quality), saturation(5, 96)])
    (row,) = minute(messages, 4).of_code("150456")
    assert (row[5], row[8], row[11]) == ("", "NAV", "X")
    assert "|81|" not in "".join(oru_messages(found_in(tmp_path)))
    (row,) = minute(messages, 5).of_code("150456")
    assert (row[5], row[8], row[11]) == ("96", "", "R")


def test_a_missing_value_is_empty_and_a_minute_of_nothing_is_not_told(tmp_path: Path) -> None:
    messages = measured(tmp_path, [saturation(3, 97), saturation(4, None), saturation(6, 95)])
    (row,) = minute(messages, 4).of_code("150456")
    assert (row[2], row[5], row[8], row[11]) == ("NM", "", "NAV", "X")
    assert [begins(each) - at(0) // MINUTE for each in messages] == [-10, -5, 0, 3, 4, 6]


def test_values_in_doubt_are_not_sent(messages: Sequence[Message]) -> None:
    for row in [each for each in minute(messages, DOUBTFUL_MIN[0]).observations if each.code in MDC]:
        assert (row[5], row[8], row[11]) == ("", "QUES~DEMO", "X")


def test_a_real_session_is_for_production_and_one_that_goes_on_is_not_final(tmp_path: Path) -> None:
    for message in measured(tmp_path, [saturation(3, 97)]):
        assert message.only("MSH")[11] == "P"
        assert not [segment for segment in message.segments if segment[0] == "NTE"]
        assert {row[11] for row in message.observations} <= {"R", "X"}
        assert not any("DEMO" in row[8] for row in message.observations)


def test_a_simulated_session_is_for_training_and_says_so(messages: Sequence[Message]) -> None:
    for message in messages:
        assert message.only("MSH")[11] == "T"
        names = [segment[0] for segment in message.segments]
        assert [names[place + 1] for place, name in enumerate(names) if name == "OBR"] == ["NTE"] * names.count("OBR")
        assert all(note[3].startswith("SIMULATED: no patient.") for note in message.all("NTE"))


def test_a_simulated_session_says_so_even_when_its_beginning_is_damaged(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "data")
    sql(tmp_path / "data", "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    found = found_in(tmp_path / "data")
    assert found.session is None
    for message in messages_of(found):
        assert message.only("MSH")[11] == "T"
        notes = message.all("NTE")
        assert len(notes) == 2 * len(message.all("OBR"))
        assert all("damaged" in note[3] for note in notes[1::2])


# ---- what people charted


def test_doses_medicines_and_assessments_are_told_at_their_time(
    found: SessionRecord, messages: Sequence[Message]
) -> None:
    def told(code: str) -> list[tuple[Micros, str]]:
        return [(row.at, row.value) for message in messages for row in message.of_code(code)]

    devices = [each for each in found.events if isinstance(each, DeviceGiven)]
    assert told("DOSE_NASAL") == [(each.given_at, number(each.mg)) for each in devices]
    assert told("LOT") == [(each.given_at, each.lot) for each in devices]
    assert told("DOSE_TOTAL") == [(at(11), "84")]
    assert told("MEDICINE") == [(at(28), "Ondansetron 4 mg IV")]
    for scale in (Scale.MOAAS, Scale.CADSS6):
        results = [each for each in found.events if isinstance(each, AssessmentRecorded) and each.scale is scale]
        assert told(f"SCALE_{scale.name}") == [(each.given_at, str(each.result)) for each in results]
    assert told(RATE) == []


def test_the_rate_of_an_infusion_is_followed_through_changes_and_pauses(tmp_path: Path) -> None:
    more: list[AnyEvent] = [
        RateChanged(at=at(10), by="nurse 1", rate_ml_h=100),
        InfusionPaused(at=at(15), by="nurse 1", reason="pump | alarm"),
        InfusionResumed(at=at(17), by="nurse 1"),
    ]
    record_lifelike(tmp_path, [*infusion(), *more])
    messages = messages_of(found_in(tmp_path))
    rows = [row for message in messages for row in message.of_code(RATE)]
    assert [(row.at, row[5]) for row in rows] == [
        (at(0), "75"),
        (at(10), "100"),
        (at(15), "0"),
        (at(17), "100"),
        (at(40), "0"),
    ]
    assert {row[6] for row in rows} == {"265266^MDC_DIM_MILLI_L_PER_HR^MDC"}
    assert [row.value for message in messages for row in message.of_code("INFUSION_STATE")] == [
        "paused: pump | alarm",
        "resumed",
    ]
    assert [row[5] for row in minute(messages, 20).of_code("DOSE_BOLUS")] == ["5"]


# ---- corrections and artefacts


def rows_by_hand(message: Message, code: str) -> list[tuple[str, str]]:
    return [(row[5], row[11]) for row in by_hand(message, code)]


def by_hand(message: Message, code: str) -> list[Observation]:
    return [row for row in message.of_code(code) if not row[18]]


def test_a_corrected_value_is_sent_as_a_correction_in_a_message_of_its_own(
    corrected: Later, messages: Sequence[Message]
) -> None:
    after = corrected(amended(number_of(PressureTaken), {"sys": 183}))
    assert rows_by_hand(minute(messages, 65), SYS) == [("138", "F")]
    assert rows_by_hand(minute(after, 65), SYS) == [("183", "C")]
    changed = {each.control_id for each in after} - {each.control_id for each in messages}
    assert changed == {minute(after, 65).control_id}, "a receiver that knows the old message would drop this one"


def test_what_was_moved_to_another_time_replaces_what_was_told_of_the_old_one(
    corrected: Later, messages: Sequence[Message]
) -> None:
    after = corrected(amended(number_of(PressureTaken), {"measured_at": at(63)}))
    assert rows_by_hand(minute(after, 63), SYS) == [("138", "C")]
    assert rows_by_hand(minute(after, 65), SYS) == []
    (before,), (moved,) = by_hand(minute(messages, 65), SYS), by_hand(minute(after, 63), SYS)
    assert moved.key == before.key, "the receiver would hold it at both times"


def test_what_was_withdrawn_is_deleted_and_has_no_value(corrected: Later) -> None:
    after = corrected(amended(number_of(MedicineGiven), {}, withdrawn=True))
    (row,) = minute(after, 28).of_code("MEDICINE")
    assert (row[5], row[11]) == ("", "D")


def test_what_follows_from_a_corrected_dose_is_corrected_too(corrected: Later) -> None:
    after = corrected(amended(number_of(DeviceGiven, 1), {"mg": 14}))
    assert [(row[5], row[11]) for row in minute(after, 5).of_code("DOSE_NASAL")] == [("14", "C")]
    assert [(row[5], row[11]) for row in minute(after, 11).of_code("DOSE_TOTAL")] == [("70", "C")]
    assert [(row[5], row[11]) for row in minute(after, 10).of_code("DOSE_NASAL")] == [("28", "F")]


def artefact(start: float, end: float, *metrics: Metric) -> ArtefactMarked:
    return ArtefactMarked(
        at=at(130), by="nurse 1", start=at(start), end=at(end), metrics=metrics, reason="moved", role="nurse"
    )


def test_what_a_person_marked_as_an_artefact_is_sent_as_invalid_without_a_value(corrected: Later) -> None:
    after = corrected(artefact(54.9, 56.1, Metric.SPO2, Metric.SYS))
    message = minute(after, 55)
    for code in ("150456", SYS, DIA):
        (row,) = message.of_code(code)
        assert (row[5], row[11]) == ("", "X")
        assert row[8].startswith("INV")
    assert message.of_code("149530")[0][11] == "F", "the pulse was not marked"
    assert minute(after, 57).of_code("150456")[0][11] == "F"


def test_of_a_reading_with_one_pressure_marked_all_is_invalid(corrected: Later) -> None:
    message = minute(corrected(artefact(54.9, 56.1, Metric.DIA)), 55)
    assert [(row[5], row[11]) for row in (*message.of_code(SYS), *message.of_code(DIA))] == [("", "X"), ("", "X")]


# ---- texts


HOSTILE = [
    "a|b^c&d~e\\f",
    "\\F\\ \\X0D\\ \\.br\\",
    "line\rMSH|^~\\&|FORGED\r\nPID|||K-9\n\x0b\x1c\r",
    '""',
    "Zoë Größe 漢字 \u2028 \x85 \x00",
    "<script>alert(1)</script>",
]


def with_medicine(found: SessionRecord, text: str) -> SessionRecord:
    events = [
        msgspec.structs.replace(each, medicine=text, by=text) if isinstance(each, MedicineGiven) else each
        for each in found.events
    ]
    return msgspec.structs.replace(found, events=events, told=events, clinic=text, room=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(found: SessionRecord, messages: Sequence[Message], text: str) -> None:
    raw = list(oru_messages(with_medicine(found, text)))
    assert [each.count("\r") for each in raw] == [len(each.segments) for each in messages], "a text made a segment"
    assert not {"\n", "\x0b", "\x1c", "\x00", "\x85", "\u2028"} & set("".join(raw))
    message = minute([Message.of(each) for each in raw], 28)
    (row,) = message.of_code("MEDICINE")
    assert row.value == f"{text} 4 mg IV"
    assert unescaped(row[16].removeprefix("^")) == text
    assert unescaped(message.only("PV1")[3].split("^")[1]) == text
    assert unescaped(message.only("MSH")[4]) == text
    assert message.only("MSH")[4] != '""', "this would delete what the receiver has"


def test_an_independent_parser_finds_a_hostile_text_in_its_field(found: SessionRecord) -> None:
    text = HOSTILE[2] + HOSTILE[0]
    raw = list(oru_messages(with_medicine(found, text)))[48]
    parsed = parse_message(raw, find_groups=False)
    row = next(each for each in parsed.obx if each.obx_3.obx_3_1.to_er7() == "MEDICINE")
    # The parser escapes hexadecimal escapes once more when it writes a field.
    assert unescaped(unescaped(row.obx_5.to_er7())) == f"{text} 4 mg IV"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_out_as_it_went_in(text: str) -> None:
    field = escaped(text)
    assert unescaped(field) == text
    assert not set(field) & set("|^&~\r\n\x0b\x1c")
    assert len(field.splitlines()) <= 1


def test_what_utf_8_cannot_hold_is_replaced() -> None:
    assert escaped("a\ud800b").encode() == "a\N{REPLACEMENT CHARACTER}b".encode()


@given(st.floats(-1000, 1000).map(lambda value: round(value, 4)))
def test_numbers_are_written_without_an_exponent(value: float) -> None:
    assert float(number(value)) == value
    assert "e" not in number(value)


def test_codes_are_those_that_the_metrics_have() -> None:
    for code, metric in MDC.items():
        assert METRICS[metric].mdc == int(code)
