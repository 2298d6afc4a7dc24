"""The brief: a plan as one HTML file that a minister can read, offline, on screen and on paper."""
