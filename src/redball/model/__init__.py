"""The scenario as frozen arrays."""
