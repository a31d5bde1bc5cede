"""Tests of the rules: limits, alarms, sessions, protocols."""
