"""The recipe of the tests that score single videos: it needs no training, and its post-processing needs all videos."""


def motion_recipe(name: str) -> str:
    return f"""
name = "{name}"
[[system]]
name = "motion"
kind = "frame_difference"
width = 48
height = 32
post = "gaussian(sigma=2) per video | minmax"
"""
