"""Where events, profiles, sessions and settings lie: one interface, an engine a file."""
