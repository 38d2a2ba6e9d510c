"""Runs one OpenStack Swift server in the foreground, with its state wherever the configuration says.

Usage: serve.py CONFIGURATION SECTION   (SECTION: proxy-server, account-server, container-server, object-server)

Swift's own start scripts read /etc/swift/swift.conf; `swift_dir` beside CONFIGURATION is used here instead.
"""
import ctypes
import os
import signal
import sys

# A test run that is killed must not leave servers behind: end with the process that started this one.
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

from swift.common import utils  # noqa: E402

configuration, section = sys.argv[1], sys.argv[2]
utils.set_swift_dir(os.path.dirname(configuration))

from swift.common import storage_policy  # noqa: E402  (reads swift.conf when first used)
from swift.common.wsgi import run_wsgi  # noqa: E402

storage_policy.reload_storage_policies()
sys.exit(run_wsgi(configuration, section))
