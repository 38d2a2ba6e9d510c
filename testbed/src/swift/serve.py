"""Runs the four servers of an OpenStack Swift in the foreground, with their state in one directory.

Usage: serve.py DIRECTORY   (holds swift.conf, the rings and {proxy,account,container,object}-server.conf)

Swift's own start scripts run four programs, each of which reads /etc/swift/swift.conf and spends seconds on its
imports; here they are imported once and forked.
"""
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent():
    # A test run that is killed must not leave servers behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


end_with_parent()
directory = sys.argv[1]

from swift.common import storage_policy, utils  # noqa: E402
utils.set_swift_dir(directory)
storage_policy.reload_storage_policies()

import swift.account.server  # noqa: E402, F401
import swift.container.server  # noqa: E402, F401
import swift.obj.server  # noqa: E402, F401
import swift.proxy.server  # noqa: E402, F401
from swift.common.wsgi import run_wsgi  # noqa: E402

for section in ('account-server', 'container-server', 'object-server', 'proxy-server'):
    if os.fork() == 0:
        end_with_parent()
        sys.exit(run_wsgi(os.path.join(directory, section + '.conf'), section))

# None of them ends by itself: the first that does takes the others with it.
os.wait()
sys.exit(1)
