"""What may be done to a profile: found, exported, erased. Used by the API, the pages and the command."""
