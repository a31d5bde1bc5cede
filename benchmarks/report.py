"""The page of results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.figures import BUDGETS, Figure, Ratio, Result

INTRODUCTION = """# Benchmarks

Written by `make bench` (`python -m benchmarks`). Chairside is started as a person starts it, with emulated devices on
local ports; nothing of it is replaced. Everything runs on one machine at once: devices, clinic, viewers and browser
share its cores. Read the ratios first: they hold on other machines, the figures beside them do not.
"""

HOW = """## How

- **Sample → number**: four oximeters (Nonin data format 7) write a new SpO2 every two packets. Counted from the
  write of the byte that completes the first packet with the new number, to the change of the text in the page of a real
  Chromium, by a MutationObserver; the screen itself follows within a frame. Seven light viewers read beside it: three
  boards and four room pages with waves.
- **Violation → alarm**: the same oximeters fall from 97 to 83, below the severe limit, which has no delay. Counted to
  the high-priority alarm in the tile.
- **CPU** is user and system time of the process. A viewer's cost is the difference between 32 viewers and none.
- **Browser main thread** is Chromium's own TaskDuration in processor time. "With interruptions" is the same by the wall
  clock: what the page's tasks took while other processes wanted the cores, too.
- **Commit** is `RecordWriter.append_second`: encoding, compression, transaction and sync.
- **Disk** is the growth of the record's used pages once all is sealed.
- **Alarm engine** is processor time in one process: SpO2, PR and PI once a second, a cuff reading every five minutes,
  and ten times a second what the service asks (what is overdue, what is to be shown). Rules: limits with delay, area
  and readings, severe, relative to the baseline, rate, stuck, overdue. One room in four has falls of saturation, one in
  16 a racing pulse. The plain loop judges each value once a second and knows no delay, no history and no words. The
  budget is a tenth of a core.
- **List of sessions** is processor time from the page's question to the HTML that is handed to the browser, 50 lines of
  10,000 sessions; the dearest of four questions counts.
- **PDF chart** is processor time from the question to the record to the bytes of the file, the curves of two hours with
  a value every second.
- **Export of 1,000 sessions** is the memory of the process that writes their tables into one archive, at the end and
  after the first hundred.
- **The plain Dash board** shows the same content for 16 rooms, with 8 viewers. Its values are made in its own process:
  no device, decoder, bus or record costs it anything.
"""


def page(machine: Sequence[str], results: Sequence[Result]) -> str:
    """The whole page, Markdown."""
    ratios = [ratio for result in results for ratio in result.ratios]
    figures = [figure for result in results for figure in result.figures]
    notes = [note for result in results for note in result.notes]
    parts = [INTRODUCTION, _list(machine)]
    if ratios:
        parts += ["## Against yardsticks of the same run\n", _ratio_table(ratios)]
    parts += ["## Against the budgets\n", _budget_table(figures)]
    if notes:
        parts.append(_list(notes))
    return "\n".join([*parts, HOW])


def _list(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _ratio_table(ratios: Iterable[Ratio]) -> str:
    rows = [
        [
            each.title,
            f"{each.yardstick / each.chairside:.3g} ×" if each.chairside > 0 else "not measurable",
            f"{_number(each.chairside)} {each.unit}",
            f"{_number(each.yardstick)} {each.unit}",
            each.yardstick_is,
        ]
        for each in ratios
    ]
    return _table(["what", "yardstick ÷ Chairside", "Chairside", "yardstick", "the yardstick"], rows)


def _budget_table(figures: Iterable[Figure]) -> str:
    rows = [row for figure in figures for row in _budget_rows(figure)]
    return _table(["what", "measured ÷ budget", "budget", "measured", "within?", "how"], rows)


def _budget_rows(figure: Figure) -> Iterable[list[str]]:
    title, unit, most = BUDGETS[figure.what]
    for part, limit in most.items():
        name = f"{title}, {part}" if part else title
        budget = f"{limit:g} {unit}"
        if figure.missing:
            yield [name, "–", budget, f"not measured: {figure.missing}", "–", ""]
            continue
        value = figure.values[part]
        beside = [f"{other} {_number(it)} {unit}" for other, it in figure.values.items() if other not in most]
        how = "; ".join([*beside, figure.detail])
        within = "yes" if value <= limit else "**no**"
        yield [name, f"{value / limit:.2f}", budget, f"{_number(value)} {unit}", within, how]


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
