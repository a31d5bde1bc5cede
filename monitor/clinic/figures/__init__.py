"""What a session comes to in numbers. Each figure is defined in ``docs/figures.md``."""
