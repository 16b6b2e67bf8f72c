"""What makes ``pytest --nbval notebooks`` strict: each page runs in a folder of its own, on a world that is always the same."""

from pathlib import Path
from tempfile import TemporaryDirectory

import nbval.plugin
import pytest
from jupyter_client import launcher
from nbval.kernel import RunningKernel

from tests import forked
from tests.notebooks.fixed_world import fixed_environment, prepare_world

SANITIZE = Path(__file__).parent / "sanitize.cfg"


class Page(nbval.plugin.IPyNbFile):
    """A notebook as nbval runs it, but elsewhere: what it writes is gone afterwards."""

    def setup(self):
        self.folder = TemporaryDirectory(prefix="ddmkit-page-")
        prepare_world(Path(self.folder.name), self.path.stem)
        with fixed_environment(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(nbval.plugin, "RunningKernel", self._start_kernel)
            patch.setattr(launcher, "Popen", forked.start_kernel)  # seconds less for each page
            super().setup()

    def teardown(self):
        super().teardown()
        self.folder.cleanup()

    def _start_kernel(self, name, **options):
        return RunningKernel(name, **{**options, "cwd": self.folder.name})


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    if config.option.nbval:  # the cells of a page share a kernel, so they are not dealt out to several processes
        config.option.numprocesses, config.option.dist, config.option.tx = 0, "no", []


def pytest_configure(config):
    if config.option.nbval and config.option.nbval_sanitize_with is None:
        config.option.nbval_sanitize_with = str(SANITIZE)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    return [Page.from_parent(parent, path=file_path) if isinstance(one, nbval.plugin.IPyNbFile) else one for one in found]
