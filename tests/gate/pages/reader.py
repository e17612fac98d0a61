"""Somebody with a browser, signed in at a gate."""

import warnings

from amlsec.gate.act import now
from amlsec.gate.people import sessions
from gate.pages.html import Page
from gate.pages.mails import PASSWORD
from gate.served import application

with warnings.catch_warnings():  # Starlette asks for httpx2 in place of httpx, which works as well
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


class Reader:
    """Opens pages and sends forms; `status` and `at` are of the last answer, after redirects."""

    def __init__(self, gate, name=None):
        self.client = TestClient(application(gate))
        self.status = self.at = self.headers = None
        self.csrf = ""
        if name:
            session = sessions.begin(gate.home, name, PASSWORD, now())
            self.client.cookies.set("amlsec-gate", session.secret)
            self.csrf = session.person.csrf

    def get(self, path, **query):
        return self._read(self.client.get(path, params=query or None))

    def send(self, path, **fields):
        """A form as the browser would send it, with the session's token."""
        return self._read(self.client.post(path, data={"csrf": self.csrf, **fields}))

    def _read(self, answer):
        self.status, self.at, self.headers = answer.status_code, answer.url.raw_path.decode(), answer.headers
        return Page(answer.text)
