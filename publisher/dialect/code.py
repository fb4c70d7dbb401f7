"""Code in colours, by Pygments: spans with its short class names, which code.css paints."""


def highlighted(code: str, language: str) -> str:
    """The code as HTML with spans; empty if nobody knows the language."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        # what begins or ends with blank lines is meant so
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return ""
    if lexer.name == "Text only":
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))
