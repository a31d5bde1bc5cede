from __future__ import annotations

from devices.readings import SECOND, Quality
from monitor.web.history import LENGTH, History, fresh_value

AT = 1_800_000_000 * SECOND


def number(value: float | None, at: int = AT, quality: Quality = Quality.OK) -> dict[str, object]:
    return {"value": value, "at": at, "quality": int(quality)}


def test_a_number_of_now_is_drawn() -> None:
    assert fresh_value(number(97.0), AT + SECOND) == 97.0


def test_an_old_held_stored_or_partial_number_is_never_drawn_as_now() -> None:
    assert fresh_value(number(97.0), AT + 4 * SECOND) is None
    for flag in (Quality.HELD, Quality.STORED, Quality.PARTIAL):
        assert fresh_value(number(97.0, quality=flag), AT) is None, flag
    assert fresh_value(number(None), AT) is None
    assert fresh_value(None, AT) is None


def test_seconds_without_data_are_a_gap_in_the_curve() -> None:
    history = History()
    history.put(AT, {"SpO2": 97.0, "PR": 70.0})
    history.put(AT + 3 * SECOND, {"SpO2": 95.0, "PR": None})
    view = history.view()
    assert view["end"] == AT // SECOND + 3
    assert view["SpO2"][-4:] == [97.0, None, None, 95.0]
    assert view["PR"][-4:] == [70.0, None, None, None]
    assert len(view["SpO2"]) == LENGTH


def test_what_the_record_still_knows_fills_its_own_second_only() -> None:
    history = History()
    history.put(AT, {"SpO2": 97.0})
    history.put(AT - 2 * SECOND, {"SpO2": 88.0})
    history.put(AT - 10 * LENGTH * SECOND, {"SpO2": 50.0})
    assert history.view()["SpO2"][-3:] == [88.0, None, 97.0]
    assert 50.0 not in history.view()["SpO2"]
    assert history.view()["end"] == AT // SECOND


def test_a_long_silence_empties_the_curve() -> None:
    history = History()
    history.put(AT, {"SpO2": 97.0})
    history.put(AT + 1000 * SECOND, {"SpO2": 96.0})
    assert history.view()["SpO2"] == [None] * (LENGTH - 1) + [96.0]
