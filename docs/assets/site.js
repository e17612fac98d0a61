// Tables that are wider than the page scroll in a box of the theme's, which keys shall reach too.
addEventListener("load", () => {
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) box.tabIndex = 0;
});
