"""Recorded numbers through the very alarm engine that watches patients."""
