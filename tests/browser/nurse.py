"""A nurse who runs a session on the room's page by its buttons and forms, in a clinic whose time can run fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, expect

from monitor.service.messages import FASTEST
from tests.browser.conftest import ROOT, Clinic
from tests.browser.troubled import ask

PICTURES = ROOT / "test-output" / "walk"
LONG_MS = 600_000
"""A real time in which hours pass at the fastest speed."""
PIN = "1234"


class Nurse:
    """At the page of a room."""

    def __init__(self, page: Page, clinic: Clinic, room: str = "1") -> None:
        self.page, self.clinic, self.room = page, clinic, room

    def arrive(self) -> None:
        self.page.goto(f"{self.clinic.url}/room/{self.room}")
        expect(self.page.locator("#live-chip")).to_contain_text("live")

    def free_room(self) -> None:
        """See the patient of a test that failed out."""
        session = self.page.evaluate("room => chairside.state.rooms.get(room).session?.id", self.room)
        if session:
            self.command("AbortSession", room=self.room, session=session, reason="test")
        self.expect_free()

    def sign_in_as(self, role: str) -> None:
        """Hand the screen to somebody else."""
        self.page.evaluate(
            "role => fetch('/sign-in', {method: 'POST', body: JSON.stringify({role})}).then(reply => reply.json())",
            role,
        )
        self.arrive()

    # ---- time

    @contextmanager
    def fast(self) -> Iterator[None]:
        """Time runs as fast as it can until what is waited for has come."""
        self.command("SetSpeed", speed=FASTEST)
        try:
            yield
        finally:
            self.command("SetSpeed", speed=1)

    def wait_fast(self, place: Locator, text: str) -> None:
        with self.fast():
            expect(place).to_contain_text(text, timeout=LONG_MS)

    def wait_minutes(self, minutes: float) -> None:
        """Let so much of the clinic's time pass."""
        with self.fast():
            self.page.wait_for_function(
                "until => chairside.now() >= until", arg=self.now() + minutes * 60e6, polling=50, timeout=LONG_MS
            )

    def now(self) -> float:
        now: float = self.page.evaluate("() => chairside.now()")
        return now

    def clock(self, minutes: int) -> str:
        """The time so many minutes from now, as it is typed."""
        time: str = self.page.evaluate(
            "minutes => new Date(chairside.now() / 1000 + minutes * 60e3).toTimeString().slice(0, 5)", minutes
        )
        return time

    def command(self, kind: str, **members: Any) -> dict[str, Any]:
        outcome = ask(self.page, kind, **members)
        assert outcome["done"], outcome
        return outcome

    def fault(self, fault: str, *, active: bool, device: str = "cuff") -> None:
        self.command("SetFault", room=self.room, device=device, fault=fault, active=active)

    # ---- dialogs and forms

    def answer_alarms(self) -> None:
        """Answer what is over, or goes on, in this room."""
        find = """room => {
            const { alarms, session } = chairside.state.rooms.get(room);
            const waiting = alarms.filter(each => !each.acknowledged_by);
            return { session: session.id, conditions: waiting.map(each => each.condition) };
        }"""
        waiting = self.page.evaluate(find, self.room)
        if waiting["conditions"]:
            self.command("Acknowledge", room=self.room, **waiting)

    def open(self, dialog: str) -> Locator:
        """Open a dialog by a button of the page; its buttons count once they have stood there."""
        self.page.locator(f"[data-open='{dialog}']:visible").first.click()
        opened = self.page.locator(f"#{dialog}")
        expect(opened.locator("[aria-disabled]")).to_have_count(0)
        return opened

    def send(self, form: Locator, button: str) -> None:
        """Press the button, and see that the form was taken: its dialog is gone."""
        form.get_by_role("button", name=button, exact=True).click()
        expect(form).to_be_hidden()

    def start(self, patient: str, protocol: str, dose: str, weight: str = "70", picture: str = "") -> None:
        form = self.page.locator(".start-form")
        form.locator("[name=patient]").fill(patient)
        form.locator("[name=weight_kg]").fill(weight)
        form.locator("[name=protocol]").select_option(protocol)
        form.locator("[name=dose_mg]").fill(dose)
        self.answer_intake(form)
        if picture:
            self.picture(picture)
        form.get_by_role("button", name="Start session").click()
        expect(self.page.locator("h1")).to_contain_text(patient)

    def answer_intake(self, form: Locator, **others: str) -> None:
        answers = {"age": "44", "allergies": "none known", "escort": "a friend, at home by phone"} | others
        for name, text in answers.items():
            form.locator(f"[name='intake.{name}']").fill(text)
        for name, value in {"consent": "yes", "fasting": "yes", "pregnancy": "not_possible"}.items():
            form.locator(f"[name='intake.{name}']").select_option(value)
        form.get_by_label("none of these").check()

    def take_pressure(self) -> None:
        """Measure, and wait for the reading in fast time."""
        before = self.readings()
        self.page.get_by_role("button", name="Take BP now").click()
        with self.fast():
            self.page.wait_for_function(
                "([room, before]) => (chairside.state.rooms.get(room).cuff.measured_at || 0) > before",
                arg=[self.room, before],
                polling=50,
                timeout=LONG_MS,
            )

    def readings(self) -> int:
        measured_at: int = self.page.evaluate(
            "room => chairside.state.rooms.get(room).cuff.measured_at || 0", self.room
        )
        return measured_at

    def assess(self, **results: int) -> None:
        """Tap a value of each scale."""
        dialog = self.open("assess")
        for scale, value in results.items():
            dialog.locator(f"[data-assess='{scale}'][data-value='{value}']").click()
            expect(dialog.locator("[data-assess-head] [data-answer]")).to_contain_text(f" {value} recorded")
        self.page.keyboard.press("Escape")

    def assess_dissociation(self, each: int) -> None:
        """CADSS-6 with the same value for each of its items."""
        self._assess_items("cadss6", str(each))

    def assess_orientation(self) -> None:
        """Oriented to person, place and time."""
        self._assess_items("orientation", "knows")

    def _assess_items(self, scale: str, answer: str) -> None:
        form = self.open("assess").locator(f"[data-scale-of='{scale}'] form")
        for fieldset in form.locator("fieldset").all():
            fieldset.get_by_text(answer, exact=True).click()
        form.locator("[type=submit]").click()
        expect(form.locator("[data-answer]")).to_contain_text("Done")
        self.page.keyboard.press("Escape")

    def give_device(self, lot: str = "AB12") -> Locator:
        dialog = self.open("device")
        dialog.get_by_label("Lot").fill(lot)
        dialog.get_by_label("Expiry").fill("2099-03")
        dialog.get_by_label("Observed by").fill("nurse 1")
        dialog.get_by_role("button", name="Chart device").click()
        return dialog

    def end_dosing(self, reason: str = "") -> None:
        dialog = self.open("end-dosing")
        if reason:
            dialog.locator("[name=reason]").fill(reason)
        self.send(dialog, "End dosing")

    def attest_all(self) -> None:
        for item in self.page.locator(".checklist:visible [data-item]").all():
            button = item.locator("button", has_text="Attest")
            if button.count() == 0:
                continue
            asks = button.get_attribute("data-asks")
            button.click()
            if asks:
                dialog = self.page.locator(f"#{asks}")
                expect(dialog.locator("[aria-disabled]")).to_have_count(0)
                dialog.locator("[name=remark]").fill("a friend, seen at the door")
                self.send(dialog, "Attest")
            expect(item.locator("[data-bind='item-mark']")).to_have_text("✓")

    def sign_discharge(self, pin: str = PIN, override: str = "") -> Locator:
        dialog = self.open("discharge")
        if override:
            dialog.locator("[name=override]").fill(override)
        dialog.locator("[name=pin]").fill(pin)
        dialog.get_by_role("button", name="Sign discharge").click()
        return dialog

    # ---- pictures for docs/nurse.md

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        self.page.evaluate("window.scrollTo(0, 0)")
        self.page.screenshot(path=PICTURES / f"walk-{name}.png")

    # ---- what the page says

    def item(self, item: str) -> Locator:
        return self.page.locator(f".checklist:visible [data-item='{item}']")

    @property
    def gate(self) -> Locator:
        return self.page.locator("[data-bind='gate-said']:visible")

    def expect_free(self) -> None:
        expect(self.page.locator(".start-form")).to_be_visible()
