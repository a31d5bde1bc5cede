"""The alarm engine: readings and times in, alarm events out."""
