"""A session's measurements, events and waves as files that other programs read."""
