"""The wire of Synerise's v4 API: bodies read and checked, answers shaped. No database, no clock."""
