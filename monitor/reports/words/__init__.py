"""What happened and what alarmed, in plain words."""
