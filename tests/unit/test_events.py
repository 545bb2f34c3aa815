"""Claims about reading a recorder's events: whatever was written there, the answer is events or CaptureInvalid."""

from __future__ import annotations

import itertools
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.capture import MOST_KEPT, read_capture
from grader.errors import CaptureInvalid
from grader.events import Event, Fit, Fitted, Load, Note, read_events

ID = "0123456789abcdef" * 2
NOTE = {"event": "note", "id": 1, "cell": 1, "text": "skipped: %pip install"}
FIT = {"event": "fit", "id": 2, "cell": 1, "model": 1, "compile": {}, "epochs": 3}
FITTED = {"event": "fitted", "id": 3, "cell": 1, "fit": 2}


def read(folder: Path, *lines: object, end: str = "\n") -> tuple[Event, ...]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "events.jsonl").write_text(text + end, encoding="utf-8")
    return read_events(folder / "events.jsonl")


def test_no_file_means_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == ()


def test_events_keep_their_order_and_fields_that_are_not_known_are_ignored(tmp_path: Path) -> None:
    note, fit = read(tmp_path, {**NOTE, "spent": 0.25, "mood": [1, {}]}, FIT)
    assert isinstance(note, Note)
    assert (note.text, note.spent) == (NOTE["text"], 0.25)
    assert isinstance(fit, Fit)
    assert fit.epochs == 3


def test_a_long_loop_of_fits_is_one_training_that_keeps_its_latest_states(tmp_path: Path) -> None:
    states, events = [f"{number:032x}" for number in range(MOST_KEPT + 500)], []
    for number, (before, after) in enumerate(itertools.pairwise(states)):
        events.append({**FIT, "id": 2 * number + 1, "state": before, "epochs": 1})
        events.append({**FITTED, "id": 2 * number + 2, "fit": 2 * number + 1, "state": after})
    read(tmp_path, *events)
    (fit,) = read_capture(tmp_path, (0,)).fits
    assert (fit.before, fit.after, fit.epochs) == (states[0], states[-1], len(states) - 1)
    assert fit.left == {*states[-MOST_KEPT - 1 :]}
    assert fit.left is fit.left  # made once: every use of every model asks for it


FIRST = {"class": "Normalization", "scale": [0.5], "shift": [0.0]}


@pytest.mark.parametrize(
    "layer",
    [
        {**FIRST, "scale": []}, {**FIRST, "scale": [1.0] * 5000}, {**FIRST, "shift": [math.inf]},
        {**FIRST, "shift": ["much"]}, {**FIRST, "mode": "m" * 300},
    ],
)  # fmt: skip
def test_a_layer_that_scales_by_too_many_numbers_or_none_is_refused(tmp_path: Path, layer: dict[str, Any]) -> None:
    noted = {"class": "Sequential", "kind": "sequential"}
    read(tmp_path, {**FITTED, "structure": {**noted, "layers": [FIRST]}})
    with pytest.raises(CaptureInvalid):
        read(tmp_path, {**FITTED, "structure": {**noted, "layers": [layer]}})


@pytest.mark.parametrize("state", ["", "../models/s1", "0" * 33, None])
def test_a_checkpoint_of_weights_without_a_digest_is_refused(tmp_path: Path, state: str | None) -> None:
    with pytest.raises(CaptureInvalid):
        read(tmp_path, {"event": "kept", "id": 4, "cell": 1, "model": 1, "fit": 2, "state": state})


def test_rows_that_passed_during_a_fit_take_the_place_of_a_stream(tmp_path: Path) -> None:
    stored = {"kind": "dense", "id": ID, "shape": [8, 2], "rows": [0, 8, 1]}
    read(tmp_path, {**FIT, "x": {"kind": "stream"}}, {**FITTED, "x": stored, "validation": {"x": stored}})
    (fit,) = read_capture(tmp_path, (0,)).fits
    assert fit.x is not None
    assert fit.validation is not None
    assert fit.x.shape == (8, 2)
    assert fit.validation[0] == fit.x


@pytest.mark.parametrize("cut", ['{"event": "no', '{"event": "note", "id": 1, "cell": 1, "text": "whole"}', "{"])
def test_a_last_line_without_its_end_is_dropped(tmp_path: Path, cut: str) -> None:
    assert [event.id for event in read(tmp_path, NOTE, FIT, cut, end="")] == [1, 2]


def test_a_broken_line_further_up_is_refused_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(CaptureInvalid, match=r"events\.jsonl:2"):
        read(tmp_path, NOTE, '{"event": "no', FIT)


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "3",
        "[]",
        '"fit"',
        "{}",
        '{"event": "gift", "id": 1, "cell": 1}',
        {**NOTE, "cell": -1},
        {**NOTE, "cell": "first"},
        {**NOTE, "text": "x" * 5000},
        {**NOTE, "text": None},
        {**FIT, "model": "mine"},
        {**FIT, "compile": None},
        {**FIT, "state": "../../etc/passwd"},
        {**FIT, "x": {"kind": "dense", "id": "../../../etc/passwd", "shape": [3], "rows": [0, 3, 1]}},
        {**FIT, "x": {"kind": "dense", "id": ID + "\n", "shape": [3], "rows": [0, 3, 1]}},
        {**FIT, "x": {"kind": "dense", "id": ID, "shape": [-3], "rows": [0, 3, 1]}},
        {**FIT, "x": {"kind": "dense", "id": ID, "shape": [], "rows": [0, 1, 1]}},
        {**FIT, "x": {"kind": "dense", "id": ID, "shape": [3], "rows": [0, 3, 0]}},
        {**FIT, "x": {"kind": "dense", "id": ID, "shape": [3], "rows": [-1, 3, 1]}},
        {**FIT, "x": {"kind": "sparse", "id": ID, "shape": [3], "rows": [0, 3, 1]}},
        {**FIT, "x": {"kind": "sparse", "id": ID, "shape": [3, 1 << 40], "rows": [0, 3, 1]}},
        {**FIT, "x": {"kind": "pickle", "id": ID, "shape": [3], "rows": [0, 3, 1]}},
        {"event": "saved", "id": 1, "cell": 1, "model": 1, "state": ID, "files": {"keras": "../s1.keras"}},
        {"event": "saved", "id": 1, "cell": 1, "model": 1, "state": ID, "files": {"export": "/etc.export"}},
        {**FITTED, "structure": {"class": "M", "kind": "sequential", "layers": [{"class": "Dense"}] * 2001}},
        {**FITTED, "history": {"loss": ["low"]}},
        {**FITTED, "history": {"loss": 3}},
        '{"event": "note", "id": 1, "cell": 1, "text": "\\ud800"}',
        '{"event": "note", "id": 1, "cell": 1, "text": "a", "spent": 1' + "0" * 4000 + "}",
        '{"event": "note", "id": 1, "cell": 1, "text": "a", "spent": 1' + "0" * 9000 + "}",
        '{"event": "note", "id": 1' + "0" * 400 + "}",
        "[" * 100_000,
        '{"event": ' * 100_000,
        "\ufeff{}",
    ],
    ids=lambda line: str(line)[:60],
)  # fmt: skip
def test_nonsense_is_refused(tmp_path: Path, line: object) -> None:
    with pytest.raises(CaptureInvalid, match=r"events\.jsonl:1"):
        read(tmp_path, line)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"event": "note", "id": 1, "cell": 1, "text": "\xff\xfe"}\n')
    with pytest.raises(CaptureInvalid):
        read_events(tmp_path / "events.jsonl")


def test_losses_that_are_not_numbers_survive_as_they_were(tmp_path: Path) -> None:
    fitted = read(tmp_path, {**FITTED, "history": {"loss": [math.nan, math.inf, 1]}})[0]
    assert isinstance(fitted, Fitted)
    assert math.isnan(fitted.history["loss"][0])
    assert fitted.history["loss"][1:] == (math.inf, 1.0)


def test_a_file_over_the_cap_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "events.jsonl").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(CaptureInvalid, match="at most"):
        read_events(tmp_path / "events.jsonl")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX file types")
def test_a_symbolic_link_in_place_of_the_events_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "other")
    with pytest.raises(CaptureInvalid):
        read_events(tmp_path / "events.jsonl")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX file types")
def test_a_dangling_link_in_place_of_the_events_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CaptureInvalid):
        read_events(tmp_path / "events.jsonl")


def test_a_folder_in_place_of_the_events_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(CaptureInvalid):
        read_events(tmp_path / "events.jsonl")


def test_loader_arguments_are_read_as_the_numbers_they_are(tmp_path: Path) -> None:
    load = read(
        tmp_path,
        {"event": "load", "id": 1, "cell": 2, "loader": "imdb", "arguments": {"num_words": 10000, "maxlen": None}},
    )[0]
    assert isinstance(load, Load)
    assert load.arguments == {"num_words": 10000, "maxlen": None}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from([ID, "dense"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y", "id", "kind"]), inner),
    max_leaves=8,
)  # fmt: skip
FIELDS = sorted({name for kind in (Fit, Fitted, Load, Note) for name in kind.model_fields})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=100))
def test_any_bytes_are_events_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "events.jsonl").write_bytes(content + b"\n")
    try:
        read_capture(tmp_path, (0,))
    except CaptureInvalid:
        return
    assert not content.strip(b"\n")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from([NOTE, FIT, FITTED]),
    changes=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3),
)
def test_any_json_in_any_field_gives_a_capture_or_is_refused(
    tmp_path: Path, base: dict[str, Any], changes: dict[str, Any]
) -> None:
    line = {**base, **changes, "event": base["event"]}
    (tmp_path / "events.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    try:
        capture = read_capture(tmp_path, (0,))
    except CaptureInvalid:
        return
    assert len(capture.events) == 1
    for fit in capture.fits:
        assert fit.x is None or fit.x.shape is not None
        assert fit.epochs >= 0
