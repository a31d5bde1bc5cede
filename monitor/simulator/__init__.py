"""The process that plays the simulated rooms: patients, their emulated devices, and the staff of the demonstration."""
