"""From Redshift's SQL to PostgreSQL's, and PostgreSQL's errors in Redshift's words.

What Redshift refuses and PostgreSQL would do is refused here.
"""

import re

TOKEN = re.compile(
    r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\d+\.?\d*(?:[eE][-+]?\d+)?|\w+|::|[<>=!|~]+|\s+|.",
    re.DOTALL)
ENCODINGS = set("raw az64 bytedict delta delta32k lzo mostly8 mostly16 mostly32 runlength text255 text32k zstd auto"
                .split())
STYLES = {"AUTO", "EVEN", "KEY", "ALL"}
# Words that end or split a transaction; the Data API's batch is one.
TRANSACTION = {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "PREPARE"}
# What PostgreSQL knows and Redshift does not.
UNKNOWN = (
    (("ON", "CONFLICT"), 'syntax error at or near "ON"'),
    (("RETURNING",), 'syntax error at or near "RETURNING"'),
    (("DISTINCT", "ON"), "SELECT DISTINCT ON is not supported"),
    (("FILTER", "("), 'syntax error at or near "("'),
    (("LATERAL",), 'syntax error at or near "LATERAL"'),
    (("STRING_AGG", "("), "function string_agg(character varying, \"unknown\") does not exist"),
    (("ARRAY_AGG", "("), "function array_agg(character varying) does not exist"),
)


class Refused(Exception):
    """The statement fails. `rows` are what Redshift keeps of a failed load for its system table."""

    def __init__(self, message, detail=None, rows=()):
        super().__init__(message)
        self.message, self.detail, self.rows = message, detail, rows

    def text(self):
        if not self.detail:
            return f"ERROR: {self.message}"
        return f"ERROR: {self.message}\n  Detail: {self.detail}"


def block(error, code, context):
    """A detail as the compute nodes write it."""
    line = "-" * 47
    return (f"\n  {line}\n  error:  {error}\n  code:      {code}\n  context:   {context}\n  query:     1\n"
            f"  location:  testbed\n  process:   testbed [pid=1]\n  {line}\n")


def scan_error(context, code=15007):
    """What a COPY of Parquet fails with: Spectrum reads the files."""
    return Refused("Spectrum Scan Error", block("Spectrum Scan Error", code, context))


def tokens(sql):
    """The tokens of a statement, comments and a semicolon at its end left out."""
    found = [t for t in TOKEN.findall(sql) if not t.isspace() and not t.startswith(("--", "/*"))]
    # Identifiers are folded to lower case, in quotes, too.
    found = [t.lower() if t.startswith('"') else t for t in found]
    while found and found[-1] == ";":
        found.pop()
    if ";" in found:
        raise Refused("cannot insert multiple commands into a prepared statement")
    if not found:
        raise Refused("syntax error at end of input")
    return found


def words(found, count):
    return [t.upper() for t in found[:count]]


def literal(token):
    """The value of a string: a backslash escapes, as in Redshift."""
    if not (token.startswith("'") and len(token) > 1):
        raise Refused(f'syntax error at or near "{token}"')
    return re.sub(r"''|\\(.)", lambda m: m[1] or "'", token[1:-1], flags=re.DOTALL)


def name(token):
    """The name that an identifier stands for; Redshift folds it to lower case either way."""
    return (token[1:-1].replace('""', '"') if token.startswith('"') else token).lower()


def closing(found, start):
    """Where the parenthesis that opens at `start` closes."""
    depth = 0
    for at in range(start, len(found)):
        depth += (found[at] == "(") - (found[at] == ")")
        if depth == 0:
            return at
    raise Refused("syntax error at end of input")


def split(found):
    """Splits at commas outside of parentheses."""
    parts, depth = [[]], 0
    for token in found:
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def translate(found, widths):
    """A statement for PostgreSQL. `widths` gets the widths of VARCHAR that it needs domains for."""
    first = words(found, 3)
    if first[0] in ("VACUUM", "ANALYZE", "ANALYSE"):
        return None
    if first[:2] in (["CREATE", "INDEX"], ["CREATE", "UNIQUE"]):
        raise Refused("SQL command \"CREATE INDEX\" not supported on Redshift tables.")
    if first[0] == "CREATE" and "TABLE" in words(found, 4):
        return table(found, widths)
    if first[:2] == ["ALTER", "TABLE"]:
        return " ".join(columns(found, widths))
    if first[0] == "MERGE":
        upper = words(found, len(found))
        if not ("NOT" in upper and upper.count("WHEN") == 2):
            raise Refused('syntax error at or near ";"')
    return " ".join(expressions(found))


def table(found, widths):
    if "(" not in found or "AS" in words(found, found.index("(")):
        return " ".join(expressions(found))
    start = found.index("(")
    end = closing(found, start)
    names, kept = [], []
    for part in split(found[start + 1:end]):
        if not part:
            raise Refused('syntax error at or near ")"')
        kind = part[0].upper()
        # Redshift keeps these for its planner alone: nothing enforces them.
        if kind in ("PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT"):
            continue
        if kind == "LIKE":
            names = None
            kept.append(" ".join(part))
            continue
        if names is not None:
            names.append(name(part[0]))
        kept.append(" ".join(columns(part, widths)))
    attributes(found[end + 1:], names)
    return f"{' '.join(found[:start])} ({', '.join(kept)})"


def columns(found, widths):
    """Column definitions: types as domains that count bytes, and nothing of how Redshift stores them."""
    kept, at = [], 0
    while at < len(found):
        word = found[at].upper()
        following = found[at + 1] if at + 1 < len(found) else ""
        if word == "ENCODE":
            if following.lower() not in ENCODINGS:
                raise Refused(f'invalid encoding type specified: "{following}"')
            at += 2
        elif word in ("DISTKEY", "SORTKEY", "UNIQUE"):
            at += 1
        elif word == "PRIMARY":
            kept.append("NOT NULL")
            at += 2
        elif word in ("VARCHAR", "NVARCHAR", "TEXT") and at > 0 and following != ",":
            width = 256
            at += 1
            if following == "(":
                end = closing(found, at)
                given = found[at + 1].upper()
                width = 65535 if given == "MAX" else int(given)
                at = end + 1
            if not 1 <= width <= 65535:
                raise Refused("length for type varchar cannot exceed 65535" if width else
                              "length for type varchar must be at least 1")
            widths.add(width)
            kept.append(f"rs.varchar_{width}")
        elif word in ("SERIAL", "BIGSERIAL", "UUID", "JSON", "JSONB", "BYTEA"):
            raise Refused(f'Column "{name(found[0])}" has unsupported type "{word.lower()}".')
        elif word == "SYSDATE":
            kept.append("rs.sysdate()")
            at += 1
        else:
            kept.append(found[at])
            at += 1
    return kept


def attributes(found, names):
    """What stands behind a table's columns: where its rows go and how they are sorted."""
    at = 0
    while at < len(found):
        word = found[at].upper()
        following = found[at + 1] if at + 1 < len(found) else ""
        if word in ("COMPOUND", "INTERLEAVED"):
            at += 1
        elif word in ("DISTSTYLE", "ENCODE", "BACKUP"):
            if word == "DISTSTYLE" and following.upper() not in STYLES:
                raise Refused(f'syntax error at or near "{following}"')
            at += 2
        elif word == "SORTKEY" and following.upper() == "AUTO":
            at += 2
        elif word in ("DISTKEY", "SORTKEY") and following == "(":
            end = closing(found, at + 1)
            for each in split(found[at + 2:end]):
                if names is not None and name(each[0]) not in names:
                    kind = "distkey" if word == "DISTKEY" else "sortkey"
                    raise Refused(f'{kind} column "{name(each[0])}" not found in table definition')
            at = end + 1
        else:
            raise Refused(f'syntax error at or near "{found[at]}"')


def expressions(found):
    """Functions that differ."""
    upper = words(found, len(found))
    for unknown, message in UNKNOWN:
        for at in range(len(upper)):
            if tuple(upper[at:at + len(unknown)]) == unknown:
                raise Refused(message)
    out, at = [], 0
    while at < len(found):
        word = upper[at]
        opens = upper[at + 1:at + 2] == ["("]
        if word == "EXTRACT" and opens:
            end = closing(found, at + 1)
            # PostgreSQL gives a numeric here.
            out.append(f"({found[at]}({' '.join(expressions(found[at + 2:end]))}))::float8")
            at = end
        elif word in ("DATEADD", "DATEDIFF", "DATE_TRUNC") and opens and re.match(r"\w", found[at + 2]):
            out += [found[at], "(", f"'{found[at + 2]}'"]
            at += 2
        elif word == "SYSDATE":
            out.append("rs.sysdate()")
        elif word in ("NVL", "ISNULL") and opens:
            out.append("COALESCE")
        elif word == "APPROXIMATE":
            pass
        else:
            out.append(found[at])
        at += 1
    return out


def user(found):
    """The name in `CREATE USER name PASSWORD …`, which PostgreSQL writes otherwise."""
    rest = words(found[3:], 4)
    if rest[:1] == ["WITH"]:
        rest = rest[1:]
    if rest[:1] != ["PASSWORD"]:
        raise Refused(f'syntax error at or near "{found[3] if len(found) > 3 else ";"}"')
    if rest[1:2] != ["DISABLE"]:
        secret = literal(found[-1])
        if not re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[ -~]{8,64}", secret):
            raise Refused("password must contain at least one uppercase letter, one lowercase letter and one number")
    return name(found[2])


def failure(error):
    """PostgreSQL's error as Redshift's."""
    code, said = error.pgcode, error.diag.message_primary or str(error).strip()
    if code == "23514" and (error.diag.datatype_name or "").startswith("varchar_"):
        width = error.diag.datatype_name.rsplit("_", 1)[1]
        text = "Value too long for character type"
        return Refused(text, block(text, 8001, f"Value too long for type character varying({width})"))
    if code == "23502":
        text = "Cannot insert a NULL value into column " + (error.diag.column_name or "")
        return Refused(text, block(text, 8007, text))
    if code == "40001":
        return Refused("1023", f"Serializable isolation violation on table - {said}")
    if code == "57014":
        return Refused("Query (1) cancelled on user's request")
    return Refused(said)
