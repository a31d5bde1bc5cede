"""The chart of a session on paper, part by part; ``monitor.reports.chart_pdf`` puts it together."""
