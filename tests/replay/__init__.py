"""Tests of replaying recorded numbers."""
