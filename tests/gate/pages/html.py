"""Pages as a program reads them."""

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "source"}


class Page(HTMLParser):
    """The elements of a page in order, each with its attributes and the text within it."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.source = [], [], text
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {[element['tag'] for element in self.open]}"

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "text": "", **{f"@{name}": value for name, value in attrs}}
        element["within"] = [outer["tag"] for outer in self.open]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attributes):
        wanted = {f"@{name.rstrip('_').replace('_', '-')}": value for name, value in attributes.items()}
        return [one for one in self.elements if one["tag"] == tag and wanted.items() <= one.items()]

    def one(self, tag, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def texts(self, tag, **attributes):
        return [" ".join(one["text"].split()) for one in self.all(tag, **attributes)]

    @property
    def words(self):
        return " ".join(self.one("main")["text"].split())

    @property
    def alert(self):
        return " ".join(self.texts("div", role="alert"))

    @property
    def status(self):
        return " ".join(self.texts("div", role="status"))
