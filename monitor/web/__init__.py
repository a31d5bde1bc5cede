"""What people see: the Dash app, the live channel and the way back for commands."""
