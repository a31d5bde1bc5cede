"""The monitoring form that a site sends after a session: its fields, and how they are filled from the record."""
