"""Simulated patients and the emulated devices on them. Nothing here knows a session; a dose is told to the patient."""
