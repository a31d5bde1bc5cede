"""What leaves the clinic as a file: the monitoring form, as JSON and to print."""
