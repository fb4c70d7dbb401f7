"""Seconds of a recording as people and formats write them."""


def clock(seconds: float) -> str:
    """As a player shows them: `12:34` or `1:02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def full(seconds: float) -> str:
    """As WebVTT and Podlove Simple Chapters do: `01:02:03.500`."""
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
