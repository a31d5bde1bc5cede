"""Starts the clinic as a person would, and a real Chromium to look at it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect, sync_playwright

from monitor.record.reader import RecordReader
from monitor.web.people import COOKIE
from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent
PATIENTS = 7
"""Whom the shipped clinic's simulation brings; one room stays free."""
FIRST_PAGE = re.compile(r"http://127\.0\.0\.1:\d+/")
PATIENCE_MS = 15_000
"""So long what should come is waited for, on a machine that is busy with other things."""
PRESS_AGAIN = """addEventListener("click", ({ isTrusted, detail, target }) => {
    const pressed = target.closest("button, a");
    const counts = () => pressed.getAttribute("aria-disabled") !== "true";
    if (!isTrusted || detail > 1 || !pressed || counts()) return;
    new MutationObserver((changes, observer) => {
        if (!counts()) return;
        observer.disconnect();
        if (pressed.checkVisibility()) pressed.click();
    }).observe(pressed, { attributeFilter: ["aria-disabled"] });
}, { capture: true });"""
"""A press does not count on what has only just come to stand there. Whoever pressed it presses again."""
NEEDLESS = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "PaintHolding")
"""A window's address bar, which nobody sees here, costs more than a second of processor time for each new context."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NEEDLESS)}",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="CHROMIUM IS MISSING: nothing was tested in a browser; install Debian's chromium")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if shutil.which("chromium") is None:
                item.add_marker(missing)


class Clinic:
    """A running ``app.py serve``."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, data: Path, config: Path) -> None:
        self.process = process
        self.url = url
        self.data = data
        self.config = config

    def part(self, module: str) -> psutil.Process:
        """The process that runs this part of the clinic now."""
        for child in psutil.Process(self.process.pid).children():
            if module in child.cmdline():
                return child
        raise LookupError(module)

    def healthy(self) -> bool:
        """Whether the pages answer and hear from the service."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:  # noqa: S310 - our own address
                age_s = json.load(answer)["service_age_s"]
        except OSError:
            return False
        return age_s is not None and age_s < 1

    def wait_until_healthy(self, within_s: float = 30.0) -> None:
        """Wait for it, at most so long."""
        until = time.monotonic() + within_s
        while not self.healthy():
            assert time.monotonic() < until, "the clinic did not come up"
            time.sleep(0.05)

    def crash(self, module: str) -> None:
        """Kill a part and wait until another process has taken its place."""
        old = self.part(module)
        old.kill()
        old.wait(5)
        until = time.monotonic() + 30
        while not self._runs_again(module, old.pid):
            assert time.monotonic() < until, f"{module} was not started again"
            time.sleep(0.05)
        self.wait_until_healthy()

    def _runs_again(self, module: str, old: int) -> bool:
        with contextlib.suppress(LookupError, psutil.NoSuchProcess):
            return self.part(module).pid != old
        return False


def config_like_shipped(folder: Path, replace: dict[str, str] | None = None) -> Path:
    """The shipped clinic on ports of its own, so that a clinic which runs beside the tests is not disturbed."""
    text = (ROOT / "config.toml").read_text()
    text = re.sub(r"socket://127\.0\.0\.1:\d+", lambda _: f"socket://127.0.0.1:{free_port()}", text)
    for old, new in (replace or {}).items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "config.toml"
    path.write_text(text)
    return path


def start_clinic(config: Path, data: Path, patients: int = PATIENTS) -> Clinic:
    """Run ``app.py serve`` and wait for its page and for so many patients."""
    port = free_port()
    arguments = ["serve", "--config", str(config), "--data", str(data), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "app.py", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    clinic = Clinic(process, f"http://127.0.0.1:{port}", data, config)
    clinic.wait_until_healthy()
    until = time.monotonic() + 30
    while len(RecordReader(data).open_sessions()) < patients:
        assert time.monotonic() < until, "the demonstration's patients did not come"
        time.sleep(0.1)
    return clinic


def cookie_of(clinic_url: str) -> str:
    """What a browser holds after one click on "Nurse"."""
    body = json.dumps({"role": "nurse"}).encode()
    asked = urllib.request.Request(f"{clinic_url}/sign-in", body, {"Origin": clinic_url})  # noqa: S310 - our own
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - our own address
        return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value


def pressing_again(context: BrowserContext) -> BrowserContext:
    """A browser whose user presses again what did not count at first."""
    context.add_init_script(PRESS_AGAIN)
    return context


def signed_in(context: BrowserContext) -> BrowserContext:
    """A browser at which nurse 1 signs in as soon as it goes to a clinic."""

    def sign_in(route: Route) -> None:
        parts = urlsplit(route.request.url)
        url = f"{parts.scheme}://{parts.netloc}"
        context.add_cookies([{"name": COOKIE, "value": cookie_of(url), "url": url}])
        route.continue_()

    context.route(FIRST_PAGE, sign_in, times=1)
    return pressing_again(context)


def stop_clinic(clinic: Clinic) -> None:
    """Stop it as Ctrl+C would."""
    clinic.process.terminate()
    clinic.process.wait(15)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    running = start_clinic(config_like_shipped(folder), folder / "data")
    yield running
    stop_clinic(running)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for these tests. It is gone before others run, because its driver keeps an event loop running."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


def _is_of_scripts(message: ConsoleMessage) -> bool:
    """Whether our own scripts say that something went wrong; the browser says there, too, what it could not load."""
    return message.type == "error" and "/assets/" in message.location["url"] and "Failed to load" not in message.text


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at a station's size, where nurse 1 is signed in. Any script error on it fails the test, also one
    that the scripts survive.
    """
    context = signed_in(browser.new_context(viewport={"width": 1600, "height": 1000}, locale="en-GB"))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if _is_of_scripts(message) else None)
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A second screen of the clinic."""
    context = signed_in(browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB"))
    screen = context.new_page()
    screen.set_default_timeout(PATIENCE_MS)
    yield screen
    context.close()
