"""The servers of the tests are what they say: durable, fresh, and gone when stopped."""

import signal

import pytest
import s3fs
import sqlalchemy

from gate.servers import wait_until


def _engine(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)


def _one(url: str, statement: str) -> object:
    with _engine(url).begin() as connection:
        return connection.execute(sqlalchemy.text(statement)).scalar()


@pytest.mark.system
def test_every_database_is_fresh_and_every_commit_is_durable(postgres):
    first, second = postgres(), postgres()
    with _engine(first).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE seen (x int)"))
    assert _one(first, "SELECT count(*) FROM pg_tables WHERE tablename = 'seen'") == 1
    assert _one(second, "SELECT count(*) FROM pg_tables WHERE tablename = 'seen'") == 0
    assert [_one(first, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]


@pytest.mark.system
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_private_server_stops_and_comes_back_with_what_was_committed(private_postgres, how):
    url = private_postgres.database()
    with _engine(url).begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept AS SELECT 7 AS x"))
    private_postgres.stop(how)
    assert not private_postgres.answers()
    with pytest.raises(sqlalchemy.exc.OperationalError):
        _one(url, "SELECT 1")
    private_postgres.start()
    assert _one(url, "SELECT x FROM kept") == 7


def test_every_bucket_is_fresh(s3):
    files = s3fs.S3FileSystem(**s3.options)
    assert files.ls(s3.url) == []
    files.pipe(f"{s3.url}/a", b"1")
    assert files.cat(f"{s3.url}/a") == b"1"


def test_waiting_has_an_end():
    with pytest.raises(AssertionError, match="waited 0.05 s for the sun"):
        wait_until(lambda: False, "the sun", 0.05)


def test_the_gate_stands_on_either(gate_urls):
    assert _one(gate_urls.database, "SELECT 1") == 1
