"""Tests of single rooms, on data made in memory."""
