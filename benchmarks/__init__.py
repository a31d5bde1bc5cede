"""What Chairside costs and how fast it is: ``python -m benchmarks`` measures it and writes ``docs/benchmarks.md``."""
