"""Statements of one user in one database: run in order, as one transaction or each by itself."""

from dataclasses import dataclass, field
from datetime import datetime

from .copying import Copy
from .dialect import TRANSACTION, Refused, failure, name, tokens, translate, user
from .postgres import POSTGRES

TYPES = {16: "bool", 20: "int8", 21: "int2", 23: "int4", 25: "varchar", 700: "float4", 701: "float8", 1042: "bpchar",
         1043: "varchar", 1082: "date", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric", 19: "name"}
SIZES = {"bool": 1, "int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8}


@dataclass
class Outcome:
    """What a statement gave."""
    rows: int = -1
    columns: list = None
    records: list = field(default_factory=list)


class Session:
    """Of `user` in the database `key`. `master` is who owns the warehouse; `create` makes the user if need be."""

    def __init__(self, key, master, user_name, create):
        self.database = POSTGRES.database(key)
        self.owner = POSTGRES.connect(self.database)
        self.cursor = self.connection = None
        self.pid = None
        make_user(self.owner, master, True)
        if create:
            make_user(self.owner, user_name, False)
        cursor = self.owner.cursor()
        cursor.execute("SELECT 1 FROM rs.users WHERE usename = %s", (user_name,))
        if cursor.fetchone() is None:
            self.owner.close()
            raise Refused(f'FATAL: user "IAM:{user_name}" does not exist')
        self.connection = POSTGRES.connect(self.database)
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET search_path = public, rs, pg_catalog")
        self.cursor.execute(f"SET SESSION AUTHORIZATION {quoted(user_name)}")
        self.pid = self.connection.get_backend_pid()

    def begin(self):
        self.connection.autocommit = False

    def execute(self, sql, parameters, world):
        """One statement; its outcome."""
        import psycopg2

        found = tokens(sql)
        first = [t.upper() for t in found[:2]]
        try:
            if first[0] in TRANSACTION:
                raise Refused(f"{first[0]} is not allowed: the statements of a call are one transaction already")
            if first[0] == "COPY":
                return Outcome(Copy(found).run(self.cursor, world))
            if first == ["CREATE", "USER"]:
                return self.create_user(found)
            if first == ["DROP", "USER"]:
                self.owner.cursor().execute("DELETE FROM rs.users WHERE usename = %s", (name(found[-1]),))
                return Outcome()
            widths = set()
            text = translate(found, widths)
            self.domains(widths)
            if first[0] == "TRUNCATE":
                # It commits, and so ends the transaction that it is in.
                self.connection.commit()
            if text is not None:
                self.send(text, parameters)
            if first[0] == "TRUNCATE":
                self.connection.commit()
            return self.outcome()
        except psycopg2.Error as error:
            raise failure(error) from error

    def send(self, text, parameters):
        if not parameters:
            self.cursor.execute(text)
            return
        out, given, found = [], [], tokens(text)
        at = 0
        while at < len(found):
            if found[at] == ":" and at + 1 < len(found) and found[at + 1] in parameters:
                # Redshift takes them as text and casts as it needs.
                out.append("%s")
                given.append(parameters[found[at + 1]])
                at += 2
            else:
                out.append(found[at].replace("%", "%%"))
                at += 1
        self.cursor.execute(" ".join(out), given)

    def outcome(self):
        if self.cursor.description is None:
            return Outcome(max(self.cursor.rowcount, -1))
        columns = [{
            "name": d.name, "label": d.name, "typeName": (kind := TYPES.get(d.type_code, "varchar")), "nullable": 1,
            "length": SIZES.get(kind, 0), "precision": 0, "scale": 0, "columnDefault": "", "schemaName": "",
            "tableName": "", "isCaseSensitive": kind == "varchar", "isCurrency": False,
            "isSigned": kind in ("int2", "int4", "int8", "float4", "float8", "numeric"),
        } for d in self.cursor.description]
        records = [[value(v) for v in row] for row in self.cursor.fetchall()]
        return Outcome(len(records), columns, records)

    def create_user(self, found):
        wanted = user(found)
        cursor = self.owner.cursor()
        cursor.execute("SELECT 1 FROM rs.users WHERE usename = %s", (wanted,))
        if cursor.fetchone():
            raise Refused(f'user "{wanted}" already exists')
        self.cursor.execute("SELECT usesuper FROM rs.pg_user WHERE usename = session_user")
        if not (self.cursor.fetchone() or [False])[0]:
            raise Refused("must be superuser to create users")
        make_user(self.owner, wanted, False)
        return Outcome()

    def domains(self, widths):
        for width in widths:
            make_domain(self.owner, width)

    def commit(self):
        import psycopg2

        try:
            self.connection.commit()
        except psycopg2.Error as error:
            raise failure(error) from error

    def keep(self, rows, number):
        """What is to be found in the system tables after a failed load, whatever was rolled back."""
        for row in rows:
            row = {**row, "query_id": number}
            names = ", ".join(row)
            places = ", ".join(["%s"] * len(row))
            self.owner.cursor().execute(
                f"INSERT INTO rs.sys_load_error_detail (start_time, {names}) VALUES (rs.sysdate(), {places})",
                list(row.values()))

    def cancel(self):
        if self.connection:
            self.connection.cancel()

    def close(self):
        for connection in (self.connection, self.owner):
            if connection:
                connection.close()


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def make_user(connection, user_name, super_):
    cursor = connection.cursor()
    # Roles are the whole server's, users a warehouse's: one may be there from another warehouse.
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user_name,))
    if cursor.fetchone() is None:
        tolerant(cursor, f"CREATE ROLE {quoted(user_name)} {'SUPERUSER' if super_ else ''}")
    cursor.execute("INSERT INTO rs.users VALUES (%s, %s) ON CONFLICT DO NOTHING", (user_name, super_))


def make_domain(connection, width):
    cursor = connection.cursor()
    cursor.execute("SELECT to_regtype(%s)", (f"rs.varchar_{width}",))
    if cursor.fetchone()[0] is None:
        tolerant(cursor, f"CREATE DOMAIN rs.varchar_{width} AS varchar CHECK (octet_length(VALUE) <= {width})")


def tolerant(cursor, sql):
    """Another session may have done it in between."""
    import psycopg2

    try:
        cursor.execute(sql)
    except (psycopg2.errors.DuplicateObject, psycopg2.errors.UniqueViolation):
        pass


def value(given):
    """A field of a record, as the Data API writes it."""
    if given is None:
        return {"isNull": True}
    if isinstance(given, bool):
        return {"booleanValue": given}
    if isinstance(given, int):
        return {"longValue": given}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, datetime):
        text = given.strftime("%Y-%m-%d %H:%M:%S")
        return {"stringValue": text + (f".{given.microsecond:06d}".rstrip("0") if given.microsecond else "")}
    return {"stringValue": str(given)}
