"""Words that everyone shares; knows no table and no engine."""
