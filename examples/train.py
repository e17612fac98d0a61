"""The filter that the examples train on a snapshot: `python train.py DATA.parquet MODEL.skops`."""

import sys

from pyarrow import parquet
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline
from skops import io


def pipeline() -> Pipeline:
    """Not fitted yet: an audit trains it itself, again and again."""
    return make_pipeline(CountVectorizer(), MultinomialNB())


if __name__ == "__main__":
    data, model = sys.argv[1:]
    rows = parquet.read_table(data, columns=["text", "label"])
    io.dump(pipeline().fit(rows["text"].to_pylist(), rows["label"].to_pylist()), model)
