"""What we know: tables, checked at the door."""
