"""Stored mail read once more by today's reader, threading and rules: what would be otherwise, and writing it where a person accepts it.

Nothing here sends anything, and nothing that follows from events is set off by what it writes.
"""
