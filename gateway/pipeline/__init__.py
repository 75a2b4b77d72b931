"""One journal entry through all stages: read, thread, apply rules, answer; one transaction for all its effects.

``worker`` claims and retries, ``stages`` understands a mail without touching anything, ``carry_out`` writes the effects.
"""
