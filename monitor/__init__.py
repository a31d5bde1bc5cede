"""Chairside: from device readings to alarms, sessions, the record and the screens."""

VERSION = "0.1.0"
