"""What a page tells, made from the gate's records by pure functions."""
