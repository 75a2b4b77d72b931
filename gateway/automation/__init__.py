"""What follows from what happened, and from time: event rules, timed rules, promises.

Events are written by whoever makes something happen; this package reads those that no rule was asked about yet, each ticket in a
transaction with everything that follows. So nobody calls it, nothing is lost with a process, and nothing is done twice.
"""
