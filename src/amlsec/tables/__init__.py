"""Tables from files and frames: read, checked, turned into a batch."""
