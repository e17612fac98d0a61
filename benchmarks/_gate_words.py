"""What the page docs/gate-year.md says beside its numbers."""

HEAD = """# A year in front of the gate

Two campaigns of four were stopped; about half of the rest passed.

Written by `benchmarks/gate_year.py`. What attackers who know the gate get: [who attacks the gate](gate-threats.md).

**The year.** Ten reporters hand in the mails of their inboxes, ham and spam, once a week: 30,491 distinct mails of
Enron-Spam (Metsis et al. 2006). The corpus has six inboxes; four are read by two reporters each, who take their mails in
turns. Every reporter's ham and spam keep the order of their dates and are spread evenly over 52 weeks: the drift is the
real one, while the dates themselves, which tell ham from spam, are not used. Reporters differ as their inboxes do: from
26 % spam to 80 %. One mail in five is kept from everybody: the filter is tested on those of the week to come.

**The gate** has its default policy. Its root begins with 100 mails of each reporter that people checked, half of them spam;
each quarter 40 more of each are checked and the root is rotated. What is in quarantine is never learned. With a reviewer,
a person who is right looks at 30 held mails a week, the most harmful first, and releases the honest ones; he takes no
other measure, so that what is seen is the gate's doing. Reporters are registered and signed in.

**The filter** is SpamBayes, trained on the root and all that was accepted; a mail is stopped above a score of 0.5. It is not
the classifier that the gate's screens have in mind, which is logistic regression on TF-IDF. The ensemble is 20 such
filters, each of its own part of the mails (deep partition aggregation).

**The campaigns.** One reporter turns hostile in week 10, one of each inbox in turn. 3 % of the week's mails, about 12 of
his 30 to 75, are then the catalogue's: *dictionary*, spam with 3,600 of the 4,000 most frequent English words; *focused*,
spam with half of the words of five awaited mails; *pseudospam*, ham with 90 % of the words of 20 spams to come; *boiling
frog*, `slow-drift`: ham with as many words of those spams as the filter in use still takes for ham, one mail in the first
week and a tenth more each week. Harm is ham lost (dictionary), or how many of the awaited mails or spams to come go his way;
intervals are exact binomial ones over distinct mails.
"""
BACK = """
## Taking it back

The first weeks of the year once more through a gate in a folder of its own, as a user would: `submit`, `work`, `snapshot`
every week, a campaign from week 3 on, and in the end `rollback --source --since`. When the campaign begins the gate's
folder is copied, and the copy never hears of that source again. "Source alone" is a policy without RONI: all of the
campaign is learned, as when a person released it. A gate draws its own secret, by which trusted mails are split, so another
run counts slightly other mails: in one before this the focused campaign lost 112 ham, and 94 when it was taken back.
"""
HOW = """## How to read it

* *Quarantined* counts mails that wait for a person. `worst`: its p-value is among the smallest 1 %; `screens`: a screen
  holds it, here provenance, which doubts a whole submission; `whole`: the submission as a whole is more harmful than trusted
  mails are; `share`, `growth`: over a cap.
* The promise of the policy is about *rejections*: at most 5 % of the mails rejected in a period are honest, in expectation.
  Here it is 3 % over all campaigns, and 12 of 220 in the worst of them (dictionary, enron1a): all of them the hostile
  source's own. Nobody else's honest mail was rejected, nor any in the year without an attack. The 1 % of `quarantine` is
  promised for mails that are like the trusted ones.
* What is held beyond that 1 % comes from reporters that are unlike the pool of all trusted mails: provenance, a model of
  that pool, disagrees with whole submissions of theirs. A `[whole] tolerance` of 0.05 in the place of 0.2 held 9.5 % of all
  honest mails, a quarter of one reporter's: do not lower it where sources differ. 0.2 was set after a look at this year.
* Under attack the hostile source's own honest mails count as innocent, and all are held once it is suspended. That is the
  whole difference to the year without an attack: as many mails of each other source are held in each week.
* Few mails are rejected outright although most hostile ones are held: with 200 to 500 trusted mails of a label to compare
  with no p-value is below 0.002 to 0.005, and the false discovery rate over the stream asks for less. More trusted mails
  reject more.
* A partition ensemble alone does not help against a dictionary (it loses more) or pseudospam: hundreds of hostile mails are
  spread over all its parts, and its proof is for few rows. Against the boiling frog, behind the gate or without it, it
  leaves about half of the harm.
* **Where the gate is weak.** Nearly half of the focused mails and nearly six in ten of the boiling frog's are learned: each
  is a mail like many, and the screens compare with a few hundred trusted ones. The harm that is left is less than without
  the gate, by so little that the intervals overlap. Some mail of either is held within three weeks, and all can be taken
  back when a person looks; nobody looking, the sentinel suspends four of the six focused sources and three of the six
  boiling frogs, after months. Suspension takes nothing back: what was learned before does its harm until a rollback.
  Weaker pseudospam passes better still: see [who attacks the gate](gate-threats.md).
* The sentinel was changed after these years had been played once: it now keeps a part of its capital for later bets. All
  years with the gate were played again. It had suspended five dictionary sources, three focused ones, six of pseudospam and
  two boiling frogs, after 19, 20, 27 and 37.5 weeks (medians); the harm in the table above is the same to the digit.
"""
