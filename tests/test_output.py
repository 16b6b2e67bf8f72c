"""Lines for people: whatever the stream, the line is written or given up, and what is being done goes on."""

import io

import pytest

from ddmkit.output import say, steady_output, write_line


def stream(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def written(to):
    to.flush()
    return to.buffer.getvalue().decode(to.encoding)


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("utf-8", "✓ Completed, 名前 é … 🦊\n"),
        ("ascii", "+ Completed, <U+540D><U+524D> <U+00E9> ... <U+1F98A>\n"),
        ("latin-1", "+ Completed, <U+540D><U+524D> é ... <U+1F98A>\n"),
        ("cp1252", "+ Completed, <U+540D><U+524D> é … <U+1F98A>\n"),
        ("gbk", "+ Completed, 名前 é … <U+1F98A>\n"),
    ],
)
def test_what_an_encoding_lacks_is_replaced(encoding, line):
    to = stream(encoding)
    write_line("✓ Completed, 名前 é … 🦊", to)
    assert written(to) == line


def test_what_a_command_says_is_cleaned(capsys):
    say("record r-1\x1b[2K\u202e")
    say("reason\x9b", error=True)
    assert capsys.readouterr() == ("record r-1<U+001B>[2K<U+202E>\n", "reason<U+009B>\n")


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_full_output_ends_what_is_shown_and_not_what_is_done(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout", Full())
    done = []
    with pytest.raises(SystemExit, match="1"), steady_output():
        say("first")
        done.append("after the first line")
        say("second")
    assert done == ["after the first line"]
    assert "standard output could not be written (No space left on device)" in capsys.readouterr().err


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_of_a_command_stays_unless_it_hid_that_something_was_not_shown(monkeypatch, capsys, code):
    monkeypatch.setattr("sys.stdout", Full())
    with pytest.raises(SystemExit) as ended, steady_output():
        say("line")
        raise SystemExit(code)
    assert ended.value.code == (code or 1)
