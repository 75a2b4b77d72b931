"""Processes: one supervisor that opens every socket, and one process a role that does the work.

``gateway serve`` is ``supervisor.serve``. Nobody but the command line imports this package; the roles' own code is in ``gateway.roles``.
"""
