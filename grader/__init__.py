"""Automated grading of deep-learning course assignments: notebooks in, points and feedback out."""

__version__ = "0.1.0"
