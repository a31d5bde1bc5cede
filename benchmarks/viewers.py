"""Light viewers in processes of their own: they read what a browser would be sent, and throw it away.

``python -m benchmarks.viewers stream URL COUNT COOKIE`` holds streams open. ``python -m benchmarks.viewers poll URL
COUNT BODY`` posts the file BODY once a second, as a page with a ``dcc.Interval`` does.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent


def stream(url: str, count: int, cookie: str) -> None:
    """Hold ``count`` event streams open and read them, as a browser with this cookie."""
    where = urlsplit(url)
    headers = f"Host: {where.netloc}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n"
    request = f"GET {where.path}?{where.query} HTTP/1.1\r\n{headers}\r\n"
    selector = selectors.DefaultSelector()
    for _ in range(count):
        connection = socket.create_connection((where.hostname or "", where.port or 80))
        connection.sendall(request.encode())
        selector.register(connection, selectors.EVENT_READ)
    open_streams = count
    while open_streams:
        for key, _ in selector.select():
            if not key.fileobj.recv(1 << 16):  # type: ignore[union-attr]
                selector.unregister(key.fileobj)
                open_streams -= 1
    sys.exit("the server ended every stream")


def poll(url: str, count: int, body: bytes) -> None:
    """Post ``body`` once a second on each of ``count`` connections, spread over the second."""
    threads = [threading.Thread(target=_post_for_ever, args=(url, body, place / count)) for place in range(count)]
    for thread in threads:
        thread.start()


def _post_for_ever(url: str, body: bytes, delay: float) -> None:
    where = urlsplit(url)
    connection = HTTPConnection(where.netloc)
    due = time.monotonic() + delay
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due + 1, time.monotonic())
        connection.request("POST", f"{where.path}?{where.query}", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK or not answer.read():
            os._exit(1)


@contextmanager
def watching(*arguments: Sequence[str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run a process of viewers for each line of arguments."""
    viewers = [
        subprocess.Popen([sys.executable, "-m", "benchmarks.viewers", *each], cwd=ROOT, stderr=subprocess.DEVNULL)
        for each in arguments
    ]
    try:
        yield viewers
    finally:
        for viewer in viewers:
            viewer.kill()
        for viewer in viewers:
            viewer.wait()


def main() -> None:
    """Run viewers until killed."""
    kind, url, count, given = sys.argv[1:]
    if kind == "stream":
        stream(url, int(count), given)
    else:
        poll(url, int(count), Path(given).read_bytes())


if __name__ == "__main__":
    main()
