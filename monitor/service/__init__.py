"""The process that runs links, alarms and sessions and writes the record."""
