"""The steps from one schema to the next, run when a record is opened for writing."""
