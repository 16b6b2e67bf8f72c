"""Run a Jupyter server whose kernels are forked from a process that has loaded what they need: seconds less for each.

``python -m tests.browser.warm_server jupyterlab ...`` is as ``python -m jupyterlab ...``. What is about the time that a kernel
takes to start, such as a benchmark, uses the server itself.
"""

import runpy
import sys

from jupyter_client import launcher

from tests import forked

if __name__ == "__main__":
    launcher.Popen = forked.start_kernel
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
