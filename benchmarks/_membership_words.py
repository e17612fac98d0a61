"""What the page on peers says beside its figures."""

HEAD = """# Privacy: ours against peers

Written by `make bench-privacy`. Who was trained on? Every attacker asks the same fitted model once about each of the same
10,400 rows, of which it was trained on 400, and has the same 800 labelled rows of his own. Whoever trains shadow models
trains {shadows}, of 400 rows each, but for the attackers that say another number. *Found* is the share of members at so many
false claims among the 10,000 others: at 0.1 %, ten rows. Means over three draws of the rows; intervals are 95 %, of
resampled members and others, for differences of the same ones (they say nothing of other trainings). Seconds are the median
of the processor's seconds, training of shadow models included.
"""

AFTER = ""

SETTINGS = """## Settings

* **Data**: Adult (UCI 2), a column for each category, standardised; Enron-Spam as whether each of the 500 words that most
  mails hold is in the mail. Distinct rows, three draws.
* **Models**: scikit-learn's Gaussian (Adult) and Bernoulli (words) naive Bayes, 5 nearest neighbours, logistic regression
  (C = 100), ridge, and a tree grown to its end. Rivals read of ridge the logistic of its margin, since they take
  probabilities; ours reads the margin.
* **Ours**: defaults. `lira, 2 models` is `lira` with `models=2`. `lira-online` trains on the rows asked about too.
* **ART 1.20.1**: `ShadowModels` with as many models as ours, in place of its 3; `MembershipInferenceBlackBox` on
  predictions and labels, its defaults, with its net, random forest, gradient boosting and logistic regression as attack
  model; guesses are its probabilities. Its net, the default, takes a minute and more, and plays three models of one draw
  only: its means are not of the same draws as ours. `RuleBased` (also by the name `LabelOnlyGapAttack`) says yes or no, so
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
