"""The dialect of Segment, Customer.io and RudderStack: calls of their clients <-> RawEvent.

Source: contracts/segment-customerio.md.
"""
