"""Tests of the rendered feedback."""
