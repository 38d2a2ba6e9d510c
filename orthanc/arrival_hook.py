"""
Hands over to the worker what Orthanc's changes feed cannot show: a C-STORE whose identifiers Orthanc has already.

Orthanc keeps the first instance of four equal identifiers (Patient ID, Study, Series and SOP Instance UID), answers
the second C-STORE with success, drops it and notes no change, although it may be another practice's or have other
content. So before Orthanc stores a C-STORE, this hook asks whether it may turn out to be the second. If so, its bytes
and AE titles are synced to the spool folder before the device gets its answer; where that fails, the device is told
to keep the image. The worker takes both, the feed and the spool, and knows what it has: too much in the spool is
harmless, too little would lose an image.

What may be second: an instance whose SOP Instance UID Orthanc holds, or that another thread is storing at this
moment. In the latter case either may win, so all of them are spooled, by whoever comes later.

What is needed and when (1.10.1 to 1.12), in the thread that stores an instance:

1. Lua's ReceivedInstanceFilter, which posts to /bitewing/announce: `announce` (for uploads over REST as well)
2. the C-STORE filter, which may refuse: `decide`
3. file and index are written
4. the stored-instance callback, not called when 3 failed: `settle`

An entry of the spool is `{name}.dcm` (a Part 10 file, as Orthanc would have written it) and `{name}.json`; the latter
comes last and makes it valid. The file `bell` is touched at each C-STORE, to wake the worker.
"""

import hashlib
import json
import os
import threading
import uuid
from datetime import datetime, timezone

import orthanc

SUCCESS = 0x0000
OUT_OF_RESOURCES = 0xA700  # PS3.4 Table B.2-1: refused; devices keep the image and try again

configuration = json.loads(orthanc.GetConfiguration())
spool_directory = configuration['Bitewing']['SpoolDirectory']
free_bytes_min = configuration['Bitewing']['FreeBytesMin']
storage_directory = configuration['StorageDirectory']
bell = os.path.join(spool_directory, 'bell')

# Guards the two below. Held while spooling, so that nobody goes on to store before all rivals are safe.
lock = threading.Lock()
announced = {}  # thread: Announcement
being_stored = {}  # SOP Instance UID: {thread: Arrival}


class Announcement:
    """How an instance came, as Lua told it."""

    def __init__(self, origin, called_ae_title, remote_ae_title, remote_address, sop_instance_uid):
        self.origin = origin
        self.called_ae_title = called_ae_title
        self.remote_ae_title = remote_ae_title
        self.remote_address = remote_address
        self.sop_instance_uid = sop_instance_uid
        self.received_at = datetime.now(timezone.utc)

    @property
    def by_c_store(self):
        return self.origin == 'DicomProtocol'


class Arrival:
    """An instance between the filter and the end of its storing. `data` is None for those that came over REST."""

    def __init__(self, announcement, data):
        self.announcement = announcement
        self.data = data
        self.spooled = False


def announce(output, uri, **request):
    """REST callback for Lua. Without the answer `announced` the instance is refused."""
    if request['method'] != 'POST':
        output.SendMethodNotAllowed('POST')
        return
    fields = [bytes.fromhex(field).decode('latin-1').strip(' \0') for field in request['body'].decode('ascii').split(' ')]
    announcement = Announcement(*fields)
    thread = threading.get_ident()
    with lock:
        forget(thread)  # what it stored before is over, or failed
        if announcement.by_c_store:
            announced[thread] = announcement
        else:
            # The gateway's upload is answered with what Orthanc holds, so it loses nothing itself.
            begin(thread, Arrival(announcement, None))
    output.AnswerBuffer('announced', 'text/plain')


def decide(instance):
    """C-STORE filter: the DIMSE status to answer, 0 to go on and store."""
    thread = threading.get_ident()
    try:
        with lock:
            announcement = announced.pop(thread)
            if not may_be(instance, announcement):
                raise RuntimeError('announced as another instance')
            data = instance.GetInstanceData()
            require_room(len(data))
            begin(thread, Arrival(announcement, data))
        return SUCCESS
    except Exception as error:  # whatever it is: without certainty the device keeps the image
        orthanc.LogError('A C-STORE is refused: %s' % describe(error))
        return OUT_OF_RESOURCES


def settle(instance, instance_id):
    """Stored-instance callback: the instance, or one with its identifiers, is in Orthanc's index."""
    with lock:
        arrival = forget(threading.get_ident())
    if arrival is not None and arrival.announcement.by_c_store:
        try:
            os.utime(bell)
        except OSError:
            pass  # the worker looks by itself every second


def begin(thread, arrival):
    """Notes that `thread` is about to store, and spools whatever is in doubt. Undone when that fails."""
    uid = arrival.announcement.sop_instance_uid
    rivals = being_stored.setdefault(uid, {})
    rivals[thread] = arrival
    try:
        # First those under way, then the index: one that has just ended is seen in the index.
        if len(rivals) > 1 or (arrival.data is not None and is_held(uid)):
            for rival in rivals.values():
                if rival.data is not None and not rival.spooled:
                    spool(rival)
    except BaseException:
        forget(thread)
        raise


def forget(thread):
    """Ends what `thread` was storing, if anything, and returns it."""
    announced.pop(thread, None)
    for uid, rivals in being_stored.items():
        arrival = rivals.pop(thread, None)
        if arrival is not None:
            if not rivals:
                del being_stored[uid]
            return arrival
    return None


def is_held(sop_instance_uid):
    """Whether Orthanc's index has any instance with this UID, of whichever patient and study."""
    found = json.loads(orthanc.RestApiPost('/tools/lookup', sop_instance_uid))
    return any(resource['Type'] == 'Instance' for resource in found)


def require_room(file_bytes):
    """Orthanc 1.10.1 answers success when its index cannot be written: so it does not come to that."""
    for directory in (spool_directory, storage_directory):
        disk = os.statvfs(directory)
        if disk.f_bavail * disk.f_frsize < free_bytes_min + file_bytes:
            raise OSError('too little room on disk')


def spool(arrival):
    """Writes the entry and returns when it is on disk."""
    announcement = arrival.announcement
    name = '%s-%s' % (announcement.received_at.strftime('%Y%m%dT%H%M%S%fZ'), uuid.uuid4().hex)
    description = {
        'version': 1,
        'origin': announcement.origin,
        'calledAeTitle': announcement.called_ae_title,
        'remoteAeTitle': announcement.remote_ae_title,
        'remoteAddress': announcement.remote_address,
        'receivedAt': announcement.received_at.isoformat(timespec='milliseconds').replace('+00:00', 'Z'),
        'bytes': len(arrival.data),
        'sha256': hashlib.sha256(arrival.data).hexdigest(),
    }
    write_synced(name + '.dcm', arrival.data)
    write_synced(name + '.json', json.dumps(description).encode('ascii'))
    arrival.spooled = True


def write_synced(name, content):
    path = os.path.join(spool_directory, name)
    temporary = path + '.tmp'
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
        with open(descriptor, 'wb') as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
        sync_spool_directory()
    except BaseException:
        for leftover in (temporary, path):
            try:
                os.unlink(leftover)
            except OSError:
                pass
        raise


def sync_spool_directory():
    descriptor = os.open(spool_directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def may_be(instance, announcement):
    """A second look at what the thread already proves: that this is the instance that Lua announced."""
    try:
        remote = instance.GetInstanceRemoteAet().encode('utf-8').decode('latin-1')
        return remote.strip(' \0') == announcement.remote_ae_title
    except UnicodeDecodeError:
        return True  # a title outside ASCII, which the plugin cannot give to Python


def describe(error):
    """For the log: no path and no value of a data set."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return str(error) if isinstance(error, (OSError, RuntimeError)) else type(error).__name__


def clean_up():
    """Removes what a crash left half-written: no device was told that it arrived."""
    names = set(os.listdir(spool_directory))
    for name in names:
        stem, extension = os.path.splitext(name)
        if extension == '.tmp' or (extension == '.dcm' and stem + '.json' not in names):
            os.unlink(os.path.join(spool_directory, name))


if not any(script.endswith('/called_ae_title.lua') for script in configuration.get('LuaScripts', [])):
    raise RuntimeError('LuaScripts lacks called_ae_title.lua: nobody would tell the called AE title')
clean_up()
with open(bell, 'ab'):
    pass

orthanc.RegisterRestCallback('/bitewing/announce', announce)
orthanc.RegisterIncomingCStoreInstanceFilter(decide)
orthanc.RegisterOnStoredInstanceCallback(settle)
orthanc.LogWarning('The arrival hook is active')
