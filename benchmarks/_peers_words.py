"""What the page docs/peers.md says beside its figures."""

HEAD = """# amlsec against other libraries

{point}

Written by `make bench-peers`, which makes an environment of its own for each library, with every version pinned: pyDVL
and alibi-detect need numpy below 2. All are given the same rows, as files, and answer one after the other on one
thread. A library is asked as it comes, and in the way that its documentation says is best. Where it fails, [the shortest
script that shows it](#what-fails-and-the-shortest-script-that-shows-it) stands below; what [it does better than
amlsec](#what-they-do-better-than-we-do), too.

Intervals are 95 %, the wider of two: of rows, and of draws, since rows of one draw stand or fall together. Draws from one
table share some rows, which they do not allow for.
"""

KINDS = {
    "rows": (
        "Poison rows in a batch",
        """A batch of 200 rows, shuffled, a tenth of them poison, beside 900 trusted ones; ten draws, so that a cell has 200
poison rows. Mails and messages are which of the 300 most frequent words they hold, as ART takes dense numbers alone.
*Random flips*: labels turned. *Dictionary*: spam of nine tenths of all words. *Tight cluster*: near copies of one spam,
called ham. *Slow drift*: ham that holds a tenth more of spam in each of ten steps. Scores are cut where 5 % of the good
rows of the batch lie above: the same loss for all. The best of each side is chosen after the fact, on both sides;
intervals do not allow for that. Times are the processor's, of fitting and judging; MB is by
how much the process grew at most.""",
    ),
    "sources": (
        "A hostile source",
        """Ten sources of 30 rows, one of which has all, or three of ten, of its labels turned; 200 trusted rows; 20 draws.
A cell says which share of the guilty sources is held back, and which of the honest ones, %, with 95 % intervals. ART
compares values where it means rows, and fails on binary ones; with a column of ours that makes every row different (*rows
marked*) it runs. Its default `eps`, 0.2, is how much accuracy a source must cost.""",
    ),
    "votes": (
        "Ensembles that prove what poison can do",
        """2,000 clean rows, 500 to judge, 50 parts, five draws. *Whatever 5 rows do*: right, and no 5 rows added or
removed can change that. ART gives no such number; we count it from its votes, and there it is no proof, as nets that
are trained from one random state are not a function of their part's rows. Its default hash, of the sum of the row, is
known to an attacker, who chooses the part he hits; ours takes a key.""",
    ),
    "values": (
        "What a row is worth",
        """NSL-KDD, a tenth of the labels turned; k = 5, or 100 bags of trees; 2,000 rows five times, 10,000 three times; a
quiz of 500. cleanlab has no place for a quiz: its rows vote on each other, which is another game, so its values differ by
definition. Bags are drawn at random, by each library its own.""",
    ),
    "streams": (
        "Drift: sudden and slow poison",
        """500 honest rows as reference, 30 windows of 100; ten draws. *Seen*: in which share of these, %, with intervals;
in *honest* streams, by chance alone, from the eleventh window on.
*Sudden*: from the eleventh window on, a fifth of the rows is malicious. *Slow*: each window holds one row more of them
than the last. *At a share of*: what the slow stream had reached when it was first seen, on average; *its last 10*: how
many of its last ten windows, a fifth to three tenths malicious, raise an alarm. Windows are drawn at random: there is
no honest drift to be mistaken for poison. Ours promises at most 5 % false alarms in 1,000 windows, theirs 5 % a window;
both are asked both ways. alibi-detect's `update_x_ref` lets the reference follow the stream, with no guard.""",
    ),
}

AFTER = """## What they do better than we do

Measured above, in the run of 2026-11-26; intervals of differences are 95 %, of draws.

* **Random flips of texts**: pyDVL's Data-OOB finds 96 % on SMS, cleanlab with a forest 95 %, the best of ours 60 %; on
  Enron they find 94 %, the best of ours 86 %.
* **Slow drift on Enron**: pyDVL's Data-OOB finds 46 %, the best of ours 34 %.
* **A hostile source of SMS**: where three of ten labels are turned, ART's ProvenanceDefense, once rows are told apart and
  `eps` is 0.02, holds back 14 of 20, ours none; where all are turned, ART 20, our RONI by source 20, our `provenance` 12.
  On NSL-KDD and phishing our `provenance` holds back 45 to 85 points more, about as few honest ones.
* **Drift**: of the last ten windows of slow poison MMD finds more than our monitor at the same level, 0.9 (0.4 to 1.4) more
  on Enron, 2.6 (1.8 to 3.4) on NSL-KDD. The learned classifier finds 1.2 (0.1 to 2.3) more on Enron, 3.2 (2.5 to 3.9)
  fewer on NSL-KDD; LSDD is level, KS says what our monitor says, 40 times more slowly. Whether a stream was *seen* tells
  little of those three: half of the honest ones are seen, too. Our default, made to stay silent for 1,000 windows, sees
  no sudden poison on Enron and 3 of 10 on NSL-KDD. No monitor sees much on Enron. A reference that follows the last 500
  rows saw 2 of the 20 slow streams.
* **Data-OOB**: pyDVL's takes three quarters of the time of ours, at the same AUC.
* **At its own rule RONI is shy**: 51 of 19,800 good rows lost, and 26 to 50 % of the poison stopped, where its scores
  find 34 to 100 %.

The rest was looked up in the installed packages.

* **ART**: images, audio and video. It wraps PyTorch, TensorFlow, Keras and Hugging Face models, object detectors and
  trackers, speech recognition and generators; it has over 40 evasion attacks, patches and laser beams among them, and
  certified evasion for nets (smoothing, DeepZ, intervals). amlsec reads tables, texts, traffic and small images, and of
  nets little more than PyTorch modules.
* **cleanlab**: label errors of many classes, of several labels a row, tokens, pixels, boxes and numbers, and votes of many
  annotators; amlsec knows two labels. Its Datalab looks for duplicates, outliers, imbalance, empty cells, rows that are
  not independent and groups that fare badly, in one call. Honest mistakes are what it is made for: there, use it; our
  `confident-learning` screen calls it.
* **pyDVL**: the whole family of values (Shapley by several samplers, Beta-Shapley, Banzhaf, least core, class-wise, of
  rows and columns at once), for any model and utility, regression too; influence functions for torch, in blocks over
  Dask. amlsec has KNN-Shapley, Data-OOB and exact impacts.
* **alibi-detect**: MMD and LSDD see columns that drift together, each by too little to be seen alone, which our monitor, a
  test a column, cannot. It has learned kernels for images and
  texts, drift that a known context explains, online detectors whose expected run time to a false alarm is set, outlier
  detectors from autoencoders to Prophet. (Its licence, Business Source 1.1, restricts use in production.)"""

SETTINGS = """## Settings

* **Environments**: `benchmarks/rivals/*.txt` pins them, `by_*.py` beside them holds each library's calls and nothing of
  ours. The tasks are `benchmarks/_peers_tasks.py`; all numbers are in [peers.csv](peers.csv).
* **Data**: Enron-Spam and NSL-KDD of the folder AMLSEC_DATA, SMS and phishing pages. Distinct rows; trusted rows that
  an attacker's row comes to equal are taken out for all.
* **amlsec**: `RONI`, `LabelConsistency`, `KNNShapley`, `Provenance`, `PartitionEnsemble`, `DriftMonitor`'s test
  (`drifted`), all at their defaults but where a name says so.
* **ART**: `RONIDefense` on multinomial naive Bayes. *Calibrated* is its default; it trains 20 models for each row, so
  that it judges the first 60 rows of each of three draws. *Uncalibrated*: a shift of 0.005 counts (by default 0.1, which
  no row reaches). *Sign and quiz put right* is ours: minus accuracy as its measure, a third of the trusted rows as its quiz.
  It says yes or no, so it has no score to rank rows by. `ProvenanceDefense` on LinearSVC with the trusted rows.
  `DeepPartitionEnsemble` of linear nets in torch, 20 epochs, which is its default.
* **cleanlab**: `find_label_issues` and `get_label_quality_scores` on probabilities from five shuffled folds over trusted
  and offered rows; `data_shapley_knn`, with 0.5 as the limit, as its Datalab has it.
* **pyDVL**: `KNNShapleyValuation` (half of the trusted rows as test set), `DataOOBValuation` on a random forest for
  batches. It gives values, and no rule which rows to drop.
* **alibi-detect**: `KSDrift`, `MMDDrift`, `LSDDDrift`, `ClassifierDrift` (logistic regression), at their defaults but
  where a name says so; torch beneath MMD and LSDD."""
