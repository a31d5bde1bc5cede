"""Who may act: users with password and PIN, and who is signed in at which browser."""
