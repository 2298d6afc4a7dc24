"""What came out, as tables, re-checked."""
