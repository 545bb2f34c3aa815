"""Recognise what a student's arrays are: which raw rows they hold, and how those were encoded."""

from grader.recognise.encodings import Encoding, Seen, TargetEncoding
from grader.recognise.inputs import encode_test, recognise
from grader.recognise.labels import rows_by_labels
from grader.recognise.targets import recognise_targets

__all__ = ["Encoding", "Seen", "TargetEncoding", "encode_test", "recognise", "recognise_targets", "rows_by_labels"]
