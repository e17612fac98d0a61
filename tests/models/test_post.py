"""One request, against a socket that misbehaves below HTTP."""

import gzip
import itertools
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from amlsec.models import post as posts
from amlsec.models.post import post


@contextmanager
def saying(*parts):
    """A socket that answers one request with these bytes, a part every 20 ms until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            with server.accept()[0] as client:
                client.recv(1 << 16)
                for part in itertools.chain(*parts):
                    try:
                        client.sendall(part)
                    except OSError:
                        return
                    time.sleep(0.02)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        [b"HTTP/1.1 200 OK\r\nX: "],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"],
    ],
)
def test_bytes_that_drip_for_ever_do_not_stretch_the_time(said):
    with saying(said, itertools.repeat(b"a", 3000)) as url:
        began = time.monotonic()
        assert post(url, b"{}", {}, 0.2).why == "gave no answer in 0.2 s"
        assert time.monotonic() - began < 30


def test_what_is_packed_is_not_unpacked():
    packed = gzip.compress(gzip.compress(bytes(1 << 24)))
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    with saying([head + packed]) as url:
        reply = post(url, b"{}", {}, 5.0)
    assert (reply.content, reply.kind) == (packed, "gzip, gzip")


def test_what_is_on_this_machine_is_asked_through_no_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    posts._client.cache_clear()
    with saying([b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue"]) as url:
        assert post(url, b"{}", {}, 5.0).content == b"true"
    posts._client.cache_clear()


def test_a_wait_that_is_no_number_is_none():
    with saying([b"HTTP/1.1 429 No\r\nretry-after: \xb2\r\ncontent-length: 0\r\n\r\n"]) as url:
        assert post(url, b"{}", {}, 5.0).after is None


def test_an_address_that_is_none():
    assert post("http://mail.example/\x00", b"{}", {}, 5.0).why == "could not be asked: InvalidURL"
