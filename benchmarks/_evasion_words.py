"""What the page on peers says beside its figures."""

HEAD = """# Evasion: ours against peers

{point}

Written by `make bench-evasion`. Every attacker changes the same malicious rows, which the model stops, until it lets them
pass. A win counts where its cost is at most {limit} units: the sum over columns of price x |change| / standard deviation,
an added permission of an app being 1. Intervals are 95 %. Peers are shown twice: *in the space*, their results valid as
ours must be (whole numbers whole, bounds, categories, nothing taken away from apps and documents), and *unprojected*, as if
any number could stand anywhere. In the space a peer gets the better of two runs for each row, ours one: one on the model
behind the space's projection, one on the bare model whose every question is projected afterwards and asked once more for
free.
"""

CAUSES = """## Why ours lost there

* **Perceptron, gradients** (phishing, pdf_mimicus). One row of 20, which EAD brings to the limit of 2 and ours to 2.36;
  and a median of 0.42 against 0.43.
* **Scores, 100 queries** (phishing, pdf_mimicus, nsl_kdd, clamp_pe). One to four rows of 20 make the difference; ZOO
  wins seven of these eleven for one unit, four for two. It asks about every column in turn; ours keeps a third of
  so few queries for following the best columns and for making wins cheaper, and misses some columns. Where it wins it
  pays less (pdf_mimicus, logistic regression: a median of 0.40 against 1.01).
* **Scores, 1,000 queries** (drebin, logistic regression; nsl_kdd, boosting). One row of ten each, which ours wins at a
  cost above 2 only; on nsl_kdd ours pays next to nothing for the median row, ZOO a unit.
* **pdf_mimicus, forest and boosting, verdicts.** This is our weak side: what passes lies far off, in rows usual in all
  columns at once. HopSkipJump starts from such a row and turns the whole line towards the row under attack; ours thins it
  column by column and has spent its queries before the line is short. On boosting it wins 30 % with 100 queries where
  HopSkipJump wins 60 %.
* **phishing, logistic regression and perceptron, verdicts, 1,000 queries.** One row of ten each, which ours wins at 2.36
  and 3.29; its median is lower (1.00 against 1.43 and 1.50)."""

THEIRS = """## What they do better

* **EAD** is the strongest peer that sees the model: level with our closed form on the logistic regression and with our
  ensemble on the perceptron.
* **ZooAttack**, at fewer queries than two a column, finds single columns that ours misses: on the documents' logistic
  regression it wins all 20 rows, ours 16 (20 points, interval -2 to 39).
* **HopSkipJump** goes straight through rows that are usual in every column: on documents, where little else passes,
  it wins 19 of 20 rows of forest and boosting with 1,000 queries, ours 12
  (35 points more, interval 9 to 55).
* **Unprojected**, foolbox and ART reach lower costs than any row that can exist: the columns `unprojected` show by
  how much. That is no evasion of a table of whole numbers, but it is the fairer figure for who attacks pixels.
* Their attacks take many classes, images and batches on a GPU; ours are for two classes and for tables."""

SETTINGS = """## Settings

* **Data**: UCI Phishing Websites, NSL-KDD, ClaMP, Contagio's PDF documents (Mimicus) and Drebin-215; half of at most
  6,000 distinct rows to train (2,000 of them used), the rest to attack. The spaces are inferred from the training
  rows; in apps and documents columns may only grow. Categories are codes, to the models too.
* **Models**: scikit-learn's logistic regression, SVM (RBF, C = 10) and perceptron (32 hidden) on standardised
  columns, a tree (depth 10), a random forest (50 trees), histogram gradient boosting (50 rounds). White-box peers see
  the logistic regression and the perceptron as a PyTorch module of the same weights in double precision.
* **Rows** of each table and model: 20 for white-box attacks and for 100 queries, 10 for 1,000, 2 for 10,000, these on
  two models only: the first that the model stops. Few, for the run had to fit into a shared machine's hour.
* **What is judged**: the cheapest win of all rows that a peer asked the model about, whether it returned it or not;
  of ours, what it returned. Peers are cut off by an exception at their last query.
* **Scaled inputs**: peers see [0, 1] in every column, their row at 0.5 and 10 units of cost to either side, so that
  their distances are ours up to the norm; beyond the column's bounds the model sees the bound. `clip_values` are (0,
  1).
* **ART 1.20.1**: HopSkipJump, L2, `init_eval` 100, or a 20th of the queries where that is less; BoundaryAttack
  untargeted; both start from the first usual row of the space that passes, each try a query, else from their own
  random start, as often as they like. ZooAttack with all columns in parallel, `learning_rate` 0.01, 20 searches for
  the constant from 0.1, `variable_h` of one unit of cost so that whole numbers move, begun again until its queries
  are spent; of a decision function it sees the logistic. All run until they are cut off; the rest are defaults.
  DecisionTreeAttack: defaults.
* **foolbox 3.3.4**, 1,000 looks at the model: L1FMNAttack, longest step 0.1; EADAttack under L1, nine constants;
  SparseL1DescentAttack, 250 steps at each of 0.5, 1, 2 and 4 units. Its L1BrendelBethgeAttack is not run: it needs
  numba. **adversarial-library 0.2.8**: `fmn`, L1, first step 0.1; taken from its file, since the package's front door
  imports torchvision; its PDPGD needs visdom, which is not installed. Through rounding the gradient passes as if
  there were none.
* **Ours**: defaults, one run, seed 0, cost unlimited, so that one run gives the whole curve. Two things favour ours:
  constants of the searches by scores and verdicts were last chosen with an eye on these tables at 100 queries, and the
  substitutes learn from the verdicts about all rows, up to 20 times the queries of one. The best of each side is chosen
  after the fact, on both sides; intervals do not allow for that."""
