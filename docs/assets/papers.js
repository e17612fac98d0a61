// Narrows the list of papers by words, by section and to what runs here; without it the whole list stands.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("narrow");
  if (!place) return;
  const papers = [...document.querySelectorAll(".paper")];
  const heading = new Map();
  let last = null;
  for (const each of document.querySelectorAll("article h2, .paper")) {
    if (each.matches("h2")) last = each;
    else heading.set(each, last);
  }
  const headings = [...new Set(heading.values())];
  const name = (h2) => h2.firstChild.textContent.trim();
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const told = new Map(papers.map((paper) => [paper, folded(paper.textContent + " " + paper.id)]));

  place.innerHTML = `<form class="narrow" role="search" aria-label="Papers" autocomplete="off">
    <label>Words <input type="search" name="words"></label>
    <label>Section <select name="section"><option value="">all</option></select></label>
    <label><input type="checkbox" name="here"> only what runs here</label>
    <output></output></form>`;
  const form = place.querySelector("form");
  for (const h2 of headings) form.section.add(new Option(name(h2), name(h2)));

  const narrow = () => {
    const words = folded(form.words.value).split(/\s+/);
    for (const paper of papers)
      paper.hidden =
        !words.every((word) => told.get(paper).includes(word)) ||
        (form.section.value && name(heading.get(paper)) !== form.section.value) ||
        (form.here.checked && !("here" in paper.dataset));
    for (const h2 of headings) h2.hidden = papers.every((paper) => heading.get(paper) !== h2 || paper.hidden);
    form.querySelector("output").value = `${papers.filter((paper) => !paper.hidden).length} of ${papers.length}`;
  };
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  narrow();
});
