"""The exact planning engine: from arrays to a proven plan."""
