"""Rules that the reader itself finds broken, while it parses: they have no function here."""

from publisher.check.rule import APPLE, ERROR, OURS, P20, RSS, WARNING, Rule


def _found(id_: str, source: str, says: str, why: str, remedy: str) -> Rule:
    return Rule(id_, ERROR, source, says, why, remedy)


RULES = (
    _found(
        "toml-syntax",
        OURS,
        "show.toml is TOML.",
        "What cannot be read cannot be published.",
        "See https://toml.io; texts stand in double quotes.",
    ),
    _found(
        "yaml-syntax",
        OURS,
        "Front matter is YAML.",
        "What cannot be read cannot be published.",
        "Put a text with a colon, # or quotes in it between quotes.",
    ),
    _found(
        "front-matter",
        OURS,
        "Articles begin with front matter between two lines ---.",
        "Title and date stand there; without them there is no post.",
        "Begin the file with a line ---, lines such as `title: …`, and a line ---.",
    ),
    _found(
        "key-twice",
        OURS,
        "A key stands once.",
        "Of two lines with one key the first would be lost without a word.",
        "Keep one of the two lines.",
    ),
    _found(
        "unknown-key",
        OURS,
        "All keys are known.",
        "A misspelt key would be ignored without a word.",
        "Correct its spelling, or take the line out.",
    ),
    _found(
        "missing-key",
        RSS,
        "Required keys are there and not empty.",
        "RSS, Apple and PSP-1 require them: a feed without them is rejected.",
        "Write the line that the hint shows.",
    ),
    _found(
        "wrong-value",
        OURS,
        "Values have the form that their keys need: dates, numbers, yes or no, one of some words.",
        "Apps reject or misread other forms: explicit takes true or false, dates have a day.",
        "Write the value as the hint shows.",
    ),
    _found(
        "control-character",
        RSS,
        "No text has control characters.",
        "XML cannot hold them; one of them makes the whole feed unreadable.",
        "Delete it: it came with pasted text, often from a PDF, and may be invisible.",
    ),
    _found(
        "not-utf8",
        RSS,
        "Text files are UTF-8.",
        "In another encoding umlauts and dashes become other characters.",
        "Save the file with the encoding UTF-8.",
    ),
    _found(
        "slug",
        APPLE,
        "A slug consists of the letters a to z, digits and hyphens.",
        "It is a part of the post's address and of its audio's; Apple takes ASCII only.",
        "Write the slug that the hint shows.",
    ),
    _found(
        "missing-file",
        OURS,
        "Files that are named are there, inside the show.",
        "A feed that points at missing files is what listeners complain of most.",
        "Put the file there, or mend its name; capitals count.",
    ),
    _found(
        "audio-without-article",
        OURS,
        "Audio in episodes/ has an article.",
        "An episode needs a title and a date; a forgotten one would never appear.",
        'Write one: publish new --audio FILE "TITLE"',
    ),
    _found(
        "several-recordings",
        OURS,
        "It is clear which recording is published.",
        "An episode has one recording in the feed.",
        "Name it in the front matter: `audio: name.mp3`.",
    ),
    _found(
        "audio-format",
        APPLE,
        "Recordings are whole MP3 or M4A files, with the right ending.",
        "Apple goes by the ending; other formats, empty and cut files do not play everywhere.",
        "Export it again as MP3 (mono, 64 to 128 kbit/s).",
    ),
    _found(
        "unreadable-picture",
        APPLE,
        "Pictures are pictures.",
        "A file that is none shows as a gap.",
        "Save it again as JPEG or PNG.",
    ),
    _found(
        "chapter-syntax",
        P20,
        "Chapters are lines of a time and a title, in the order of their times.",
        "What cannot be read would be missing in every app.",
        "Write lines such as `00:01:15 What engineers ask first`.",
    ),
    _found(
        "transcript-format",
        P20,
        "A transcript is WebVTT or SRT.",
        "Apps read these; all other formats are made from them.",
        "Export it as WebVTT (.vtt), which can name the speakers.",
    ),
    _found(
        "transcript-syntax",
        P20,
        "A transcript is well-formed.",
        "Apps drop a malformed transcript, or a part of it, without a word.",
        "Mend the line; cues are divided by empty lines.",
    ),
    Rule(
        "feed-size",
        WARNING,
        OURS,
        "The podcast feed has at most 1 MB, compressed.",
        "Every app loads all of it again and again, often over a mobile network.",
        "Let the main feed hold fewer items, `[feed] items = …`; older ones stay in its archive.",
    ),
)
