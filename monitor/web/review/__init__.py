"""The review chart: one session on one time axis, its figures, its table, and what is corrected in it."""
