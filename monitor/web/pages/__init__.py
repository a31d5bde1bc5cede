"""The pages, as functions from the configuration to components."""
