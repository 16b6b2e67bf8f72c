from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = "print('jsonschema' in sys.modules, 'rfc3987_syntax' in sys.modules)\n"


def run(program: str) -> str:
    """Run a program of its own: what is imported there decides."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("library", ["altair", "nbformat"])
def test_a_library_is_imported_without_the_grammar(library: str) -> None:
    program = (
        f"import sys\nfrom ddmkit.light_imports import defer_grammar\nwith defer_grammar():\n    import {library}\n{LOADED}"
    )
    assert run(program) == "True False\n"


def test_a_chart_is_drawn_without_the_grammar() -> None:
    drawn = "import sys\nfrom ddmkit.display.charts import jobs_chart\njobs_chart([])\n"
    assert run(drawn + LOADED) == "True False\n"


def test_an_address_is_still_checked_where_somebody_asks_for_it() -> None:
    checked = (
        "import sys\n"
        "from ddmkit.light_imports import defer_grammar\n"
        "with defer_grammar():\n"
        "    import jsonschema\n"
        "checker = jsonschema.FormatChecker()\n"
        "print(checker.conforms('https://例え.jp/', 'iri'), checker.conforms('no address', 'iri'))\n"
    )
    assert run(checked) == "True False\n"
