"""Renders one result for the people who read it: a feedback page and a terminal view."""

from grader.report.html import render_page
from grader.report.terminal import show

__all__ = ["render_page", "show"]
