"""Correct solutions written in five styles, and every mistake put into each of them."""
