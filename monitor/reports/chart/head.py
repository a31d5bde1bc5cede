"""The head of the first page: who, when, what this paper is, and what is wrong with the record."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.reports.chart.pen import FAINT, GROUND, INK
from monitor.reports.chart.sheets import FULL, LINE, MARGIN, SIZE, WIDTH, Sheets
from monitor.reports.clinic_time import day, moment, zone
from monitor.reports.lettering import BOLD, PLAIN, fitted, printable, width_of, wrapped
from monitor.reports.session_record import SessionRecord

NOTICE = (
    "Chairside is not a cleared medical device. The devices' own alarms and record are primary; "
    "this chart is drawn from what Chairside recorded of them."
)
LARGE = 14.0
MOST_DAMAGE = 10
"""Lines of damage on the first page; the rest stands in a part of its own."""


def marks(found: SessionRecord) -> Iterator[str]:
    """What must be seen before anything else."""
    if found.simulated:
        yield "SIMULATED"
    if found.row.ended_us is None:
        yield "NOT FINISHED"
    yield from [state] if (state := signature_state(found)) else []


def signature_state(found: SessionRecord) -> str:
    """What is to be said against the signature; empty when somebody signed the record as it is."""
    if found.session is None:
        return ""
    treatment = found.session.treatment
    if not treatment.signatures:
        return "not signed"
    return "changed since signed" if treatment.changed_since_signed else ""


def head(sheets: Sheets, found: SessionRecord) -> None:
    """On top of the first page."""
    sheets.y -= LARGE - 2
    right = fitted(f"{found.clinic} · {found.room}", BOLD, 9, FULL * 0.35)
    sheets.write(WIDTH - MARGIN - width_of(right, BOLD, 9), right, bold=True, size=9)
    x = MARGIN + FULL - width_of(right, BOLD, 9) - 12
    for text in reversed(list(marks(found))):
        x -= width_of(text, BOLD, 9) + 12
        sheets.boxed(x, text, 9)
    _who(sheets, found, x - MARGIN - 8)
    sheets.y -= 3
    _lines(sheets, _what(found), 8)
    sheets.y -= 10
    sheets.write(MARGIN, NOTICE, ink=FAINT)
    session = fitted(f"Session {found.row.id}", PLAIN, SIZE, FULL * 0.35)
    sheets.write(MARGIN + FULL - width_of(session, PLAIN, SIZE), session)
    _damage(sheets, found)
    sheets.y -= 8


def _who(sheets: Sheets, found: SessionRecord, room: float) -> None:
    """Code, name and birth date on one line; what does not fit there goes on below, all of it."""
    code, rest = found.row.patient, []
    if found.session is not None:
        intake = found.session.treatment.intake
        rest = [each for each in (intake.name, f"born {intake.birth_date}" if intake.birth_date else "") if each]
    whole = " · ".join([code, *rest])
    if width_of(printable(whole), BOLD, LARGE) <= room:
        sheets.write(MARGIN, whole, bold=True, size=LARGE)
        return
    sheets.write(MARGIN, code, bold=True, size=LARGE, within=room)
    sheets.y -= 3
    _lines(sheets, " · ".join(rest), 9, bold=True)


def _lines(sheets: Sheets, text: str, size: float, *, bold: bool = False) -> None:
    for line in wrapped(text, BOLD if bold else PLAIN, size, FULL):
        sheets.y -= size + 2
        sheets.write(MARGIN, line, size=size, bold=bold)


def _what(found: SessionRecord) -> str:
    protocol = found.row.protocol if found.protocol is None else found.protocol.title
    start, end = found.start, found.end
    date = f"{day(start).day} {day(start):%B %Y}"
    until = moment(end, start) if found.row.ended_us is not None else f"as read at {moment(found.read_at, start)}"
    intake = None if found.session is None else found.session.treatment.intake
    number = f" · session number {intake.session_number}" if intake and intake.session_number is not None else ""
    times = f"{date}, {moment(start, start)} – {until}, all times {zone(start, end)}"
    weight = f" · {found.row.weight_kg:g} kg" if found.row.weight_kg else ""
    return f"{times} · {protocol} · planned: {found.planned}{weight}{number}"


def _damage(sheets: Sheets, found: SessionRecord) -> None:
    """A box that names each line; of very many the first."""
    if not found.damaged:
        return
    count = len(found.damaged)
    what = "A part of the record is" if count == 1 else f"{count} parts of the record are"
    lead = f"{what} damaged and left out of this chart and its figures. Run app.py verify."
    if count > MOST_DAMAGE:
        lead += f" The first {MOST_DAMAGE} are named here, all of them below."
    lines = [line for each in found.damaged[:MOST_DAMAGE] for line in wrapped(each, PLAIN, SIZE, FULL - 16)]
    height = 16 + len(lines) * LINE + 3
    sheets.y -= 7
    x, top = sheets.x, sheets.y
    sheets.draw(lambda pen: pen.box(x, top - height, FULL, height, fill=GROUND, ink=INK, width=1.2))
    sheets.draw(lambda pen: pen.text(x + 8, top - 11, lead, SIZE + 0.5, bold=True, within=FULL - 16))
    sheets.y = top - 13
    for line in lines:
        sheets.y -= LINE
        sheets.write(x + 8, line)
    sheets.y = top - height


def damage_in_full(sheets: Sheets, found: SessionRecord) -> None:
    """All lines of damage, where the first page did not hold them."""
    if len(found.damaged) > MOST_DAMAGE:
        sheets.title("Damaged parts of the record")
        for line in found.damaged:
            sheets.entry([], "", line)


def unreadable(sheets: Sheets, found: SessionRecord) -> None:
    """What there is to say of a session whose opening cannot be read."""
    sheets.title("No chart")
    sheets.y -= LINE / 2
    sheets.paragraph(
        "The entry that opened this session is damaged, so neither chart nor figures can be drawn from what is left. "
        "Run app.py verify, and restore the record from a backup.",
    )
    sheets.paragraph(f"Session {printable(found.row.id)}, {len(found.told)} entries could be read.")
