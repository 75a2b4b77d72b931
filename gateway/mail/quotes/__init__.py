"""What mail programs put around a quoted message, as tables: one pattern a line, anchored, linear."""
