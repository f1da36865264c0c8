"""Scores the videos of a data set with Daft, on this machine or on a Ray cluster.

    python daft_score.py DATA MODEL OUT SCORES.csv

The column of paths is all that Daft moves. Each video leaves a result file in OUT, so the same command continues after an
interruption. For retries and a report of failed videos use `oddframe.ray`.
"""

import sys

import daft

import oddframe


@daft.cls(use_process=True, max_concurrency=2)
class VideoScorer:
    def __init__(self, model: str, out: str) -> None:
        oddframe.set_threads(1)
        self.model = oddframe.Model.open(model)
        self.out = out

    def __call__(self, path: str) -> int:
        return self.model.score_video(path, self.out).frames


def main(data: str, model: str, out: str, scores: str) -> None:
    videos = oddframe.find_videos(data)
    score = VideoScorer(model, out)
    # Batches of one video, so that both processes get some.
    table = daft.from_pydict({"path": videos}).into_batches(1)
    table.with_column("frames", score(daft.col("path"))).show(len(videos))
    oddframe.Model.open(model).merge(out, videos).write(scores)


if __name__ == "__main__":
    main(*sys.argv[1:])
