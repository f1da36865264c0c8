"""Tables of scores and labels."""

import pickle

import numpy as np
import oddframe
import pytest


def test_scores_are_a_mapping_in_natural_order():
    scores = oddframe.Scores.from_arrays({"10": [0.5], "2": [0.25, 1]}, frames={"10": [7], "2": [3, 5]})
    assert scores.keys() == ["2", "10"] and list(scores) == ["2", "10"] and len(scores) == 2
    assert "02" in scores and "3" not in scores
    assert scores["2"].tolist() == [0.25, 1.0] and scores.frames("2").tolist() == [3, 5]
    assert scores.values().tolist() == [0.25, 1.0, 0.5]
    assert scores.computed("10").tolist() == [True]
    assert {name: list(column) for name, column in scores.columns().items()} == {
        "video": ["2", "2", "10"],
        "frame": [3, 5, 7],
        "score": [0.25, 1.0, 0.5],
    }
    with pytest.raises(KeyError, match="3"):
        scores["3"]
    assert repr(scores) == "<oddframe.Scores: 3 frames of 2 videos>"
    assert oddframe.Scores.from_arrays({1: [0.5]}, frames={"1": [4]}).frames("1").tolist() == [4]


def test_scores_survive_files_and_pickling(tmp_path):
    scores = oddframe.Scores.from_arrays({"a,b": np.random.default_rng(1).normal(size=50)})
    scores.write(tmp_path / "scores.csv")
    assert oddframe.Scores.read(tmp_path / "scores.csv") == scores
    assert pickle.loads(pickle.dumps(scores)) == scores
    assert scores != oddframe.Scores.from_arrays({"a,b": scores["a,b"] + 1e-15})


def test_labels_survive_pickling_and_are_aligned_with_scores():
    labels = oddframe.Labels.from_arrays({"1": [0, 1, 1], "2": [False]})
    copy = pickle.loads(pickle.dumps(labels))
    assert copy.keys() == ["1", "2"] and copy["1"].tolist() == [False, True, True]
    scores = oddframe.Scores.from_arrays({"2": [0.5], "1": [0.25]}, frames={"1": [2], "2": [0]})
    assert labels.aligned(scores).tolist() == [True, False]
    with pytest.raises(oddframe.ArgumentError, match="3"):
        labels.aligned(oddframe.Scores.from_arrays({"3": [0.5]}))
    assert repr(labels) == "<oddframe.Labels: 2 of 4 frames of 2 videos are abnormal>"


def test_labels_are_read_in_other_formats(tmp_path):
    data = oddframe.Data.from_arrays(test={"1": np.zeros((3, 8, 8), np.uint8), "2": np.zeros((2, 8, 8), np.uint8)})
    np.save(tmp_path / "labels.npy", np.array([[0, 1, 1, 0, 1]]))
    labels = oddframe.Labels.read(tmp_path / "labels.npy", of=data)
    assert [labels["1"].tolist(), labels["2"].tolist()] == [[False, True, True], [False, True]]
    with pytest.raises(oddframe.OddframeError, match=r"labels\.npy"):
        oddframe.Labels.read(tmp_path / "labels.npy", of=oddframe.Scores.from_arrays({"1": [0.5]}))
    with pytest.raises(oddframe.ArgumentError, match="Scores or oddframe.Data"):
        oddframe.Labels.read(tmp_path / "labels.npy", of=[1, 2])


@pytest.mark.parametrize(
    ("videos", "frames", "message"),
    [
        ({}, None, "nothing|no"),
        ([0.5], None, "dictionary"),
        ({"1": []}, None, "1"),
        ({"1": [0.5], "01": [0.5]}, None, "1"),
        ({"1": [float("inf")]}, None, "inf"),
        ({"1": [0.5, 0.6]}, {"1": [3]}, "2 values and 1 frame"),
        ({"1": [0.5, 0.6]}, {"1": [3, 3]}, "3"),
        ({"1": [0.5]}, {"1": [-1]}, "integers from 0"),
        ({"1": [0.5]}, {"1": [0.5]}, "integers from 0"),
        ({"1": [0.5]}, {}, "video 1"),
        ({"1": [0.5]}, np.array("1"), "dictionary"),
    ],
)
def test_tables_that_would_have_gaps_cannot_be_built(videos, frames, message):
    with pytest.raises(oddframe.ArgumentError, match=message):
        oddframe.Scores.from_arrays(videos, frames)


def test_files_that_are_no_scores_are_errors_with_their_line(tmp_path):
    (tmp_path / "bad.csv").write_text("video,frame,score\n1,0,x\n")
    with pytest.raises(oddframe.OddframeError, match=r"bad\.csv.*line 2"):
        oddframe.Scores.read(tmp_path / "bad.csv")
    with pytest.raises(oddframe.OddframeError, match="absent"):
        oddframe.Scores.read(tmp_path / "absent.csv")
    with pytest.raises(oddframe.OddframeError, match="nowhere"):
        oddframe.Scores.from_arrays({"1": [0.5]}).write(tmp_path / "nowhere" / "scores.csv")


def test_submissions_are_checked_completed_and_written(tmp_path):
    (tmp_path / "ids.csv").write_text("Id\n1_0\n1_1\n2_0\n")
    scores = oddframe.Scores.from_arrays({"1": [0.5], "2": [0.25]})
    oddframe.submit.write(scores, tmp_path / "short.csv")
    report = oddframe.submit.check(tmp_path / "short.csv", tmp_path / "ids.csv")
    assert not report and [problem.kind for problem in report.problems] == ["missing", "row_count"]
    assert "1_1" in report.summary
    completed = oddframe.submit.complete(scores, tmp_path / "ids.csv")
    assert (completed.filled, completed.dropped) == (1, 0) and completed.scores["1"].tolist() == [0.5, 0.5]
    assert completed.scores.computed("1").tolist() == [True, False]
    oddframe.submit.write(completed.scores, tmp_path / "whole.csv", ids=tmp_path / "ids.csv")
    assert (tmp_path / "whole.csv").read_text() == "Id,Predicted\n1_0,0.5\n1_1,0.5\n2_0,0.25\n"
    assert oddframe.submit.check(tmp_path / "whole.csv", tmp_path / "ids.csv")
    more = oddframe.Scores.from_arrays({"1": [0.5], "2": [0.25], "3": [1.0]})
    with pytest.raises(oddframe.ArgumentError, match="frame 0 of video 3"):
        oddframe.submit.complete(more, tmp_path / "ids.csv")
    assert oddframe.submit.complete(more, tmp_path / "ids.csv", drop_unknown=True).dropped == 1
    with pytest.raises(oddframe.ArgumentError, match="best"):
        oddframe.submit.complete(scores, tmp_path / "ids.csv", policy="best")
