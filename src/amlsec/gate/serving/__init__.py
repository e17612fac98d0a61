"""The gate as a service: its processes, how they stop, and what they tell of themselves."""
