"""The record: what was measured and what happened, kept in one SQLite file that only the service writes."""
