"""Nothing that was acknowledged is lost, nothing damaged is shown as right."""
