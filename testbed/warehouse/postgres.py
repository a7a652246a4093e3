"""A private PostgreSQL in the test bed's folder: started by the first statement, on a socket alone, gone with us."""

import functools
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from ..leftovers import FOLDER, with_parent

OWNER = "testbed"
TEMPLATE = "redshift"
CATALOG = os.path.join(os.path.dirname(__file__), "catalog.sql")
BOOT_SECONDS = 30

# Nothing here has to survive anything. Strings are as in Redshift, where a backslash escapes.
SETTINGS = {
    "listen_addresses": "", "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off", "max_connections": "60",
    "shared_buffers": "32MB", "logging_collector": "off", "timezone": "UTC", "jit": "off",
    "max_parallel_workers_per_gather": "0", "standard_conforming_strings": "off", "escape_string_warning": "off",
    "default_transaction_isolation": "repeatable read", "client_min_messages": "error", "log_min_messages": "fatal",
}


class Unavailable(Exception):
    """PostgreSQL is not installed, or does not start."""


class Postgres:
    def __init__(self):
        self.lock = threading.Lock()
        self.process = self.folder = None
        self.generation, self.databases = 0, {}

    def start(self):
        """Boots it, from a thread that stays: it would end with the thread that started it."""
        if self.process:
            return
        failed, up = [], threading.Event()

        def keep():
            try:
                self.boot()
            except Exception as error:
                failed.append(error)
            up.set()
            threading.Event().wait()

        threading.Thread(target=keep, daemon=True, name="postgresql").start()
        up.wait()
        if failed:
            raise failed[0]

    def boot(self):
        bin_ = binaries()
        parent = tempfile.gettempdir()
        if FOLDER.match(os.path.basename(parent)):
            # Its user, who is not root, has to come through here.
            os.chmod(parent, 0o711)
        folder = tempfile.mkdtemp(prefix="postgres-")
        user = account()
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        options = {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                   "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": folder}}
        if user:
            options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
        data = os.path.join(folder, "data")
        made = subprocess.run(
            [f"{bin_}/initdb", "--pgdata", data, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8",
             "--no-locale", "--no-sync"], stderr=subprocess.PIPE, text=True, **options)
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.strip()}")
        settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        log = open(os.path.join(folder, "log"), "wb")
        self.folder = folder
        self.process = subprocess.Popen(
            [f"{bin_}/postgres", "-D", data, "-k", folder, *settings], stderr=log,
            preexec_fn=functools.partial(with_parent, signal.SIGQUIT), **options)
        self.prepare(log.name)

    def prepare(self, log):
        import psycopg2

        until = time.monotonic() + BOOT_SECONDS
        while True:
            try:
                connection = self.connect("postgres")
                break
            except psycopg2.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.process = None
                    with open(log, encoding="utf-8", errors="replace") as text:
                        raise Unavailable(f"PostgreSQL does not start: {text.read().strip() or error}") from error
                time.sleep(0.02)
        connection.cursor().execute(f"CREATE DATABASE {TEMPLATE}")
        connection.close()
        connection = self.connect(TEMPLATE)
        with open(CATALOG, encoding="utf-8") as text:
            connection.cursor().execute(text.read())
        connection.close()

    def connect(self, database):
        """A connection as the owner of everything, each statement a transaction of its own."""
        import psycopg2

        connection = psycopg2.connect(host=self.folder, dbname=database, user=OWNER)
        connection.autocommit = True
        return connection

    def database(self, key):
        """The database for a warehouse's: made when it is first asked for."""
        with self.lock:
            self.start()
            if key not in self.databases:
                name = f"d{self.generation}_{len(self.databases)}"
                connection = self.connect("postgres")
                connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
                connection.close()
                self.databases[key] = name
            return self.databases[key]

    def reset(self):
        """Everything back to empty: new databases from now on. The names of the old ones, for `drop`."""
        with self.lock:
            old, self.databases = list(self.databases.values()), {}
            self.generation += 1
            return old

    def drop(self, names):
        connection = self.connect("postgres")
        for name in names:
            connection.cursor().execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.close()


def binaries():
    """The folder of PostgreSQL's programs; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    if found:
        return os.path.dirname(os.path.realpath(found))
    installed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if not installed:
        raise Unavailable("PostgreSQL is not installed (Debian: postgresql)")
    return os.path.dirname(installed[-1])


def account():
    """Whom it runs as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL does not run as root, and there is no user postgres or nobody")


POSTGRES = Postgres()
