"""``python -m monitor.web``: one web process."""

from monitor.web.server import main

main()
