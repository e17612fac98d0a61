"""What the page on peers says beside its figures."""

HEAD = """# Privacy: ours against peers

{point}

Written by `make bench-privacy`. Who was trained on? Every attacker asks the same fitted model once about each of the same
10,400 rows, of which it was trained on 400, and has the same 800 labelled rows of his own. Rivals that train shadow
models train {shadows} of 400 rows each, as our `lira` does. *Found* is the share of members at so many false claims among
the 10,000 others: at 0.1 %, ten rows. Means over three draws of the rows; intervals are 95 %, of resampled members and
others, for differences of the same ones (they say nothing of other trainings, nor of the best peer being chosen after the
fact). Seconds are the median of the processor's seconds, training of shadow models included.
"""

AFTER = """## What was to be shown, and what was

*Of the run of 2026-11-26.*

* **At least as much found at 0.1 % and 1 %: held.** `lira` is ahead of the best peer in 7 of the 20 comparisons, level in
  13, behind in none. Level says little at 0.1 %: hardly anybody finds anything there, 1 member in 100 at the most.
* **10 times faster on classical models: missed.** In the 15 comparisons in which a peer finds
  any and ours as much, the quickest of ours that does is 0.3 to 9.7 times as fast as the best peer, 2.3 times in the median.
  Only ART's default, the net, takes longer than 10 times our `lira` (37 to 219 times), and it finds next to nothing.

## Where ours is not better, and why

* **Privacy Meter's RMIA and reference attack** fit as many models as ours, and do less with each: on 400 rows a fit takes
  a few thousandths of a second, less than our closed forms of what each model would say had it seen one of 10,400 rows.
  These save trainings, not time, where training is cheap. `lira, 2 models` finds about as much as `lira`, but for trees,
  which have no such closed form, and there finds nothing.
* **Ridge on Adult**: ART's gradient boosting on the answers of shadow models finds 3.9 % at 1 %, our `lira` 3.6 %.
* **Trees**: RMIA and the reference attack find as much as ours in about the same time or less.
* **`lira-online`** finds more than `lira` of k nearest neighbours (2.2 % against 0.8 % on words), where it is slowest of all
  (27 s), and less elsewhere: its models learn half of 11,200 rows where the model learned 400. It is meant for models that
  learned about half of the rows asked about.
* `membership-by-loss` finds next to nothing at few false claims, as the peers' like does."""

SETTINGS = """## Settings

* **Data**: Adult (UCI 2), a column for each category, standardised; Enron-Spam as whether each of the 500 words that most
  mails hold is in the mail. Distinct rows, three draws.
* **Models**: scikit-learn's Gaussian (Adult) and Bernoulli (words) naive Bayes, 5 nearest neighbours, logistic regression
  (C = 100), ridge, and a tree grown to its end, whose seed all attackers know.
  Rivals read of ridge the logistic of its margin, since they take probabilities; ours reads the margin.
* **Ours**: defaults. `calibrated-loss` trains 4 models, `shadow-models` 8, `lira-online` 16 on half of its own
  rows and those asked about. `lira, 2 models` is `lira` with `models=2`.
* **ART 1.20.1**: `ShadowModels` with as many models as ours, in place of its 3; `MembershipInferenceBlackBox` on
  predictions and labels, its defaults, with its net, random forest, gradient boosting and logistic regression as attack
  model; guesses are its probabilities. Its net, the default, takes 22 s a game, and plays three models of one draw only:
  its means are not of the same draws as ours. `RuleBased` (also by the name `LabelOnlyGapAttack`) says yes or no, so
  that it has no point at few false claims. Its `LabelOnlyDecisionBoundary` runs HopSkipJump, thousands of questions,
  for each row: it is not played on 10,400 rows.
* **Privacy Meter 1.0.1** (`PM`): the population, shadow and reference attacks on the loss. The reference attack decides
  row by row at given false positive rates; the more of 400 rates from 1e-15 to 1 at which it says member, the surer, which
  is finer than its own 100 from 1e-5. `Gaussian` is its `logit_rescale_threshold_func`, which is offline LiRA with a
  variance for each row. Its models are trained by us, on halves of the attacker's rows, in its time. It imports TensorFlow,
  which these attacks do not use: an empty placeholder stands for it where it is missing.
* **RMIA** (Zarifzadeh et al. 2024) of Privacy Meter's repository (commit 0b8cb7a), which has no package: offline, a = 0.3,
  200 of the attacker's rows as population, and models of 400 of the other 600. The environment variable PRIVACY_METER names
  a checkout. At that commit it runs RMIA and no other attack with shadow models.
* Label-only attacks are not compared here."""
