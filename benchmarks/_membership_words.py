"""What the page on peers says beside its figures."""

HEAD = """# Privacy: ours against peers

Written by `make bench-privacy`. Who was trained on? Every attacker asks the same fitted model once about each of the same
11,000 rows, of which it was trained on 1,000, and has the same 2,000 labelled rows of his own. Whoever trains shadow models
trains {shadows}. *Found* is the share of members at so many false claims among the 10,000 others: at 0.1 %, ten rows. Means
over three draws of the rows; intervals are 95 %, of resampled members and others, for differences of the same ones (they
say nothing of other trainings). Seconds are the median of the processor's seconds, training of shadow models included.
"""
AFTER = ""
SETTINGS = ""
