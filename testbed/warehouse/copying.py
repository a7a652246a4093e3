"""COPY: files of S3 into a table, as strict as Redshift about what it is given."""

import csv
import io
import json
import re

from .dialect import Refused, closing, literal, name, scan_error

# What a COPY of Parquet takes; everything else is for text.
PARQUET = {"ACCEPTINVCHARS", "FILLRECORD", "FORMAT", "PARQUET", "IAM_ROLE", "CREDENTIALS", "STATUPDATE", "MANIFEST",
           "EXPLICIT_IDS"}
FLAGS = {"PARQUET", "CSV", "GZIP", "MANIFEST", "ACCEPTINVCHARS", "FILLRECORD", "BLANKSASNULL", "EMPTYASNULL",
         "TRUNCATECOLUMNS", "EXPLICIT_IDS", "IGNOREBLANKLINES"}
VALUES = {"IAM_ROLE", "CREDENTIALS", "REGION", "TIMEFORMAT", "DATEFORMAT", "DELIMITER", "NULL", "IGNOREHEADER",
          "MAXERROR", "COMPUPDATE", "STATUPDATE", "QUOTE", "ENCODING"}
# Physical types that Redshift's types are read from.
PHYSICAL = {"bigint": "INT64", "integer": "INT32", "smallint": "INT32", "double precision": "DOUBLE", "real": "FLOAT",
            "boolean": "BOOLEAN", "date": "INT32"}
TIMES = {"TIMESTAMP_MICROS", "TIMESTAMP_MILLIS"}
NULL = "\x01N"
DIGITS = re.compile(r"\s*[-+]?\d+\s*")


class Copy:
    """A COPY statement, read."""

    def __init__(self, found):
        at = 2
        if found[at:at + 1] == ["."]:
            at = 4
        self.table, self.columns = "".join(found[1:at]), None
        if found[at:at + 1] == ["("]:
            end = closing(found, at)
            self.columns = [name(t) for t in found[at + 1:end] if t != ","]
            at = end + 1
        if [t.upper() for t in found[at:at + 1]] != ["FROM"]:
            raise Refused(f'syntax error at or near "{found[at] if at < len(found) else ";"}"')
        self.uri = literal(found[at + 1] if at + 1 < len(found) else "")
        self.options = self.read(found[at + 2:])
        if not {"IAM_ROLE", "CREDENTIALS"} & self.options.keys():
            raise Refused("Could not find or load credentials; one of IAM_ROLE, ACCESS_KEY_ID or CREDENTIALS is required")
        if "PARQUET" in self.options:
            for option in self.options:
                if option not in PARQUET:
                    raise Refused(f"{option} is not supported for COPY from PARQUET.")
        elif "CSV" not in self.options:
            raise Refused("the test bed's COPY reads PARQUET and CSV alone")

    @staticmethod
    def read(found):
        options, at = {}, 0
        while at < len(found):
            word = found[at].upper()
            if word in ("FORMAT", "AS"):
                at += 1
            elif word in FLAGS:
                options[word] = True
                at += 1
            elif word in VALUES:
                at += 1
                if at < len(found) and found[at].upper() == "AS":
                    at += 1
                if at >= len(found):
                    raise Refused("syntax error at end of input")
                options[word] = literal(found[at]) if found[at].startswith("'") else found[at].upper()
                at += 1
            else:
                raise Refused(f'syntax error at or near "{found[at]}"')
        return options

    def run(self, cursor, world):
        """Loads; the rows that were. `world` reads S3 and knows the roles."""
        world.assume(self.options.get("IAM_ROLE", ""))
        target = self.target(cursor)
        loaded = 0
        for uri, body in self.files(world):
            rows = parquet(uri, body, target) if "PARQUET" in self.options else text(
                uri, body, target, self.table, self.options)
            names = ", ".join(f'"{column}"' for column, *_ in target)
            cursor.copy_expert(f"COPY {self.table} ({names}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"
                               if "CSV" in self.options else
                               f"COPY {self.table} ({names}) FROM STDIN WITH (FORMAT csv)", rows)
            loaded += cursor.rowcount
        return loaded

    def target(self, cursor):
        """Name, type, width in bytes and whether null is refused, of each column that is loaded."""
        cursor.execute("SELECT to_regclass(%s)", (self.table,))
        if cursor.fetchone()[0] is None:
            raise Refused(f'relation "{self.table}" does not exist')
        cursor.execute(
            "SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), -1), t.typname, a.attnotnull "
            "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            "WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum", (self.table,))
        all_ = {}
        for column, kind, domain, required in cursor.fetchall():
            width = int(domain.rsplit("_", 1)[1]) if domain.startswith("varchar_") else None
            all_[column] = (column, "varchar" if width else kind, width, required)
        for column in self.columns or ():
            if column not in all_:
                raise Refused(f'column "{column}" of relation "{self.table}" does not exist')
        return [all_[column] for column in self.columns] if self.columns else list(all_.values())

    def files(self, world):
        if "MANIFEST" not in self.options:
            bucket, prefix = address(self.uri)
            keys = [key for key in world.list(bucket, prefix) if not key.rsplit("/", 1)[-1].startswith(("_", "."))]
            if not keys:
                raise Refused(f"The specified S3 prefix '{prefix}' does not exist")
            return [(f"s3://{bucket}/{key}", world.get(bucket, key)) for key in keys]
        return self.listed(world)

    def listed(self, world):
        bucket, key = address(self.uri)
        body = world.get(bucket, key)
        if body is None:
            raise Refused("Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status "
                          "404,Error NoSuchKey", self.uri)
        try:
            entries = json.loads(body)["entries"]
            urls = [entry["url"] for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"Manifest file is not in correct json format: {error}", self.uri) from error
        found = []
        for entry, url in zip(entries, urls, strict=True):
            if "PARQUET" in self.options and not isinstance(entry.get("meta", {}).get("content_length"), int):
                raise Refused("Invalid manifest: COPY from PARQUET requires 'meta' with 'content_length' in each entry",
                              url)
            body = world.get(*address(url))
            if body is None:
                if entry.get("mandatory"):
                    raise Refused("Problem reading manifest file - S3ServiceException:The specified key does not "
                                  "exist.,Status 404,Error NoSuchKey", url)
                continue
            length = entry.get("meta", {}).get("content_length", len(body))
            if "PARQUET" in self.options and length != len(body):
                raise scan_error(f"The file {url} has {len(body)} bytes, and the manifest says {length}", 15001)
            found.append((url, body))
        if not found:
            raise Refused("The manifest names no file that exists", self.uri)
        return found


def address(uri):
    found = re.fullmatch(r"s3://([^/]+)/(.*)", uri, re.DOTALL)
    if not found:
        raise Refused(f'The S3 path "{uri}" is not valid: it must be of the form s3://bucket/key')
    return found.groups()


def parquet(uri, body, target):
    """The rows of a Parquet file as CSV for PostgreSQL, once the file is found to fit the table."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(body))
        schema, data = file.schema, file.read()
    except (pyarrow.ArrowException, OSError) as error:
        raise scan_error(f"The file {uri} is not a Parquet file: {error}") from error
    if len(schema) != len(target):
        raise scan_error(f"Unmatched number of columns between table and file. Table columns: {len(target)}, Data "
                         f"columns: {len(schema)}, File name: {uri}")
    for at, (column, kind, width, required) in enumerate(target):
        given = schema.column(at)
        if not readable(given, kind):
            raise scan_error(f"File '{uri}' has an incompatible Parquet schema for column '{column}'. Column type: "
                             f"{kind.upper()}{f'({width})' if width else ''}, Parquet schema: "
                             f"{given.physical_type} {given.converted_type} {given.name}")
        if given.name != column:
            # Redshift would load it: it goes by position. In a test it is a mistake.
            raise scan_error(f"File '{uri}' has column '{given.name}' in place of '{column}'. COPY goes by position, and "
                             "would load one as the other")
        values = data.column(at)
        if required and values.null_count:
            raise Refused("Cannot insert a NULL value into column " + column)
        if width:
            longest = pyarrow.compute.max(pyarrow.compute.binary_length(values)).as_py() or 0
            if longest > width:
                raise scan_error(f"The length of the data column {column} is longer than the length defined in the table. "
                                 f"Table: {width}, Data: {longest}, File name: {uri}")
    out = io.BytesIO()
    pyarrow.csv.write_csv(data, out, pyarrow.csv.WriteOptions(include_header=False))
    out.seek(0)
    return out


def readable(given, kind):
    if kind == "varchar":
        return given.physical_type == "BYTE_ARRAY" and given.converted_type in ("UTF8", "ENUM", "JSON")
    if kind.startswith("timestamp"):
        return given.physical_type == "INT96" or given.physical_type == "INT64" and given.converted_type in TIMES
    return PHYSICAL.get(kind) == given.physical_type and not given.converted_type.startswith("TIMESTAMP")


def text(uri, body, target, table, options):
    """The rows of a CSV file as CSV for PostgreSQL."""
    import gzip

    csv.field_size_limit(1 << 22)
    body = gzip.decompress(body) if "GZIP" in options else body
    reader = csv.reader(io.StringIO(body.decode("utf-8"), newline=""), delimiter=options.get("DELIMITER", ","))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    skip = int(options.get("IGNOREHEADER", 0))
    for number, row in enumerate(reader, 1):
        if number <= skip or not row:
            continue

        def fail(code, message, column=None, value=None, line=number, row=row):
            kept = {"file_name": uri, "line_number": line, "column_name": column and column[0],
                    "column_type": column and column[1], "column_length": column and str(column[2] or ""),
                    "raw_line": ",".join(row)[:1024], "raw_field_value": (value or "")[:1024], "error_code": code,
                    "error_message": message, "table_name": table}
            return Refused(f"Load into table '{table}' failed.  Check 'sys_load_error_detail' system table for details.",
                           rows=[kept])

        if len(row) != len(target):
            raise fail(*((1213, "Delimiter not found") if len(row) < len(target) else (1202, "Extra column(s) found")))
        writer.writerow([cell(value, column, options, fail) for value, column in zip(row, target, strict=True)])
    return io.StringIO(out.getvalue(), newline="")


def cell(value, column, options, fail):
    """A field as PostgreSQL is to read it; what fits no column fails the load."""
    _, kind, width, required = column
    empty = value == "" and (kind != "varchar" or "EMPTYASNULL" in options)
    if empty:
        if required:
            raise fail(1213, "Missing data for not-null field", column, value)
        return NULL
    if kind == "varchar":
        if len(value.encode()) > width:
            raise fail(1204, "String length exceeds DDL length", column, value)
    elif kind in ("bigint", "integer", "smallint") and not DIGITS.fullmatch(value):
        raise fail(1207, f"Invalid digit, Value '{value[:1]}', Pos 0, Type: {kind.capitalize()}", column, value)
    elif kind.startswith("timestamp") and not stamped(value, options):
        raise fail(1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]", column, value)
    elif kind == "double precision" and not re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", value):
        raise fail(1207, "Invalid digit, Value '" + value[:1] + "', Pos 0, Type: Double", column, value)
    elif kind == "boolean" and value.lower() not in ("true", "false", "t", "f", "1", "0", "yes", "no", "y", "n"):
        raise fail(1210, "Unknown boolean format", column, value)
    return value


def stamped(value, options):
    """Whether a time is written as Redshift expects: RFC 3339 only with `auto`."""
    day = r"\d{4}-\d\d-\d\d"
    if options.get("TIMEFORMAT", "").lower() == "auto":
        return re.fullmatch(day + r"([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[-+]\d\d(:?\d\d)?)?)?", value)
    return re.fullmatch(day + r"( \d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", value)
