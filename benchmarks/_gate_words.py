"""What the page docs/gate-year.md says beside its numbers."""

HEAD = """# A year in front of the gate

Written by `benchmarks/gate_year.py`.
"""
HOW = ""
