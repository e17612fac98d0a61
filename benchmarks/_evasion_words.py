"""What the page on peers says beside its figures."""

HEAD = """# Evasion: ours against peers

Written by `make bench-evasion`. Every attacker changes the same malicious rows, which the model stops, until it lets them
pass. A win counts where its cost is at most {limit} units: the sum over columns of price x |change| / standard deviation,
an added permission of an app being 1. Intervals are 95 %. Peers are shown twice: *in the space*, their results valid as
ours must be (whole numbers whole, bounds, categories, nothing taken away from apps and documents), and *unprojected*, as if
any number could stand anywhere. In the space a peer gets the better of two runs for each row, ours one: one on the model
behind the space's projection, one on the bare model whose every question is projected afterwards and asked once more for
free.
"""

CAUSES = """## Why ours lost there

(see after the run)"""

THEIRS = """## What they do better

(see after the run)"""

SETTINGS = """## Settings"""
