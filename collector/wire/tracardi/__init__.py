"""Tracardi's dialect: what its script and its webhooks send <-> RawEvent.

Source: contracts/tracardi.md sections 5 to 8.
"""
