"""What each process does: thin modules that give the parts' own code what it needs, and pass on signals."""
