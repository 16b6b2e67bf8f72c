"""Servers, a browser and a page that all browser tests of a process share, and a stage for each test."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.page_session import Stage
from tests.browser.servers import serve_notebooks
from tests.chromium import open_chromium

HERE = Path(__file__).parent
WIDE = {"width": 1280, "height": 1000}
CHANGE_THEME = """async (theme) => {
  if (document.body.dataset.jpThemeName === theme) return;
  await globalThis.jupyterapp?.commands.execute('apputils:change-theme', { theme });
}"""
HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups, also when this folder alone is asked for
def pytest_collection_modifyitems(items):
    """Keep the tests of JupyterLab in one process, and those of the other front ends in one: each starts its servers once."""
    for item in items:
        if HERE in item.path.parents:
            group = "jupyterlab" if "lab" in item.fixturenames else "other-front-ends"
            item.add_marker(pytest.mark.xdist_group(group))


# Not for the whole session: while Playwright runs, tests of other folders cannot run an event loop of their own.
@pytest.fixture(scope="package")
def browser(chromium):
    expect.set_options(timeout=30_000)
    with open_chromium(chromium) as opened:
        yield opened


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    with serve_notebooks("lab", tmp_path_factory.mktemp("lab") / "home", warm=True) as server:
        yield server


@pytest.fixture(scope="session")
def notebook_server(chromium, tmp_path_factory):
    with serve_notebooks("notebook", tmp_path_factory.mktemp("notebook") / "home", warm=True) as server:
        yield server


@pytest.fixture(scope="session")
def voila(chromium, tmp_path_factory):
    with serve_notebooks("voila", tmp_path_factory.mktemp("voila") / "home", "--template=ddmkit", warm=True) as server:
        yield server


@pytest.fixture(scope="session")
def shared_kernel(lab):
    """A kernel that has loaded everything, for tests that leave it as they found it."""
    kernel_id = lab.start_kernel()
    kernel = lab.talk_to(kernel_id)
    kernel.run("import ddmkit, ddmkit.forms, ddmkit.simulator, ddmkit.simulator.http.app, ddmkit.forms.widgets.timeline")
    kernel.close()
    return kernel_id


@pytest.fixture
def set_stage(browser, tmp_path):
    """Return a maker of stages on a server, each in a context of its own; ``options`` go to that context."""
    stages, contexts = [], []

    def make(server, **options):
        context = browser.new_context(**{"viewport": WIDE, **options})
        context.set_default_timeout(30_000)
        contexts.append(context)
        home = tmp_path / f"stage-{len(stages) + 1}"
        home.mkdir()
        stages.append(Stage(server, context, home))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()
    for context in contexts:
        context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
    return report


@pytest.fixture(scope="package")
def shared_context(browser):
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def lab_stage(request, shared_context, lab, tmp_path):
    """A stage in JupyterLab, on the page that all tests use one after the other: to load it takes longer than most tests."""
    page = shared_context.pages[0] if shared_context.pages else shared_context.new_page()
    stage = Stage(lab, shared_context, tmp_path, page)
    yield stage
    if request.node.stash.get(HAS_FAILED, False):  # nobody knows what it left on the page
        page.close()
    stage.close()
    for left in shared_context.pages:
        if left is not page:
            left.close()
    shared_context.clear_permissions()
    if not page.is_closed():
        page.set_viewport_size(WIDE)
        page.emulate_media(media="screen")
        page.evaluate(CHANGE_THEME, "JupyterLab Light")


@pytest.fixture
def open_form(lab_stage, shared_kernel):
    """Open a form in JupyterLab, on the page and the kernel that all tests share."""

    def make(**values):
        return lab_stage.open_form(**{"kernel_id": shared_kernel, **values})

    return make
