"""Pulse oximeters: one file a protocol, decoder and emulator side by side."""
