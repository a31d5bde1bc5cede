"""The ids that callbacks and scripts share with the pages."""

URL = "url"
PAGE = "page"
TREND_REQUEST = "trend-request"
"""A store that the page's script fills with a ``charts.TrendRequest`` when the trend should be drawn again."""
TREND = "trend"
TIMELINE = "timeline"
