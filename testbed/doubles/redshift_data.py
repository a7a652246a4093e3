"""The Redshift Data API, over real PostgreSQL (`testbed/warehouse/`)."""

import asyncio
import json
import re
import threading
import time
import uuid

from .. import faults
from ..codec import Refusal, moment
from ..place import ACCOUNT, KEY
from ..state import STATE
from ..warehouse.dialect import Refused
from ..warehouse.postgres import POSTGRES, Unavailable
from ..warehouse.session import Session
from ..warehouse.world import World
from . import redshift, redshift_serverless
from .common import arn, regional

KIND = "AWS::RedshiftData::Statement"
STATEMENT_BYTES = 100_000
BATCH = 40
PAGE_ROWS = 1_000
WAITS = range(1, 31)
FINAL = ("FINISHED", "FAILED", "ABORTED")
NO_RESULT = "Query does not have result. Please check query status with DescribeStatement."


class Part:
    """One statement of a call."""

    def __init__(self, sql):
        self.sql, self.status, self.rows, self.took = sql, "SUBMITTED", -1, 0
        self.columns, self.records, self.error = None, [], None


class Call:
    def __init__(self, given, sqls, where):
        self.id, self.given, self.where = str(uuid.uuid4()), given, where
        self.parts = [Part(sql) for sql in sqls]
        self.batch = "Sqls" in given
        self.status, self.error, self.session = "SUBMITTED", None, None
        self.created = self.updated = STATE.now()
        self.took, self.canceled = 0, threading.Event()
        # Redshift numbers queries; one of ours takes as many as it has statements.
        self.number = int(time.time_ns() // 1000)

    @property
    def has_results(self):
        return any(part.columns is not None for part in self.parts)

    def moved(self, status):
        self.status, self.updated = status, STATE.now()


class RedshiftData:
    def __init__(self, region):
        self.region, self.calls, self.tokens = region, {}, {}

    # Who is asked, and as whom.

    def warehouse(self, given):
        """Key, master, roles and user of the warehouse that a call names."""
        cluster, group = given.get("ClusterIdentifier"), given.get("WorkgroupName")
        if bool(cluster) == bool(group):
            raise Refusal("ValidationException", "Either ClusterIdentifier or WorkgroupName must be specified, not both")
        if not given.get("Database"):
            raise Refusal("ValidationException", "Database must be specified")
        if group:
            return self.workgroup(group, given)
        found = redshift.at(self.region).clusters.get(cluster)
        if found is None:
            raise Refusal("ValidationException", "Redshift endpoint doesn't exist in this region.")
        if found.status in ("creating", "deleting", "paused"):
            raise Refusal("ValidationException", f"Redshift cluster {cluster} is not available: it is {found.status}.")
        return {"key": f"{self.region}/cluster/{cluster}/", "master": found.given["MasterUsername"],
                "database": found.given.get("DBName") or "dev", "roles": list(found.given.get("IamRoles") or []),
                "name": cluster, **self.signed_in(given, True)}

    def workgroup(self, group, given):
        service = redshift_serverless.at(self.region)
        found = service.alive(service.groups).get(group.rsplit("/", 1)[-1])
        if found is None:
            raise Refusal("ValidationException", "Redshift endpoint doesn't exist in this region.")
        if found.status in ("CREATING", "DELETING"):
            raise Refusal("ValidationException", f"Workgroup {group} is not available: it is {found.status}.")
        if given.get("DbUser"):
            raise Refusal("ValidationException", "DbUser can't be specified with WorkgroupName")
        space = service.spaces[found.given["namespaceName"]]
        return {"key": f"{self.region}/namespace/{space.name}/", "master": space.given.get("adminUsername") or "admin",
                "database": space.given.get("dbName") or "dev", "roles": list(space.given.get("iamRoles") or []),
                "name": found.name, **self.signed_in(given, False)}

    def signed_in(self, given, cluster):
        if given.get("SecretArn"):
            return {"user": self.secret(given["SecretArn"]), "create": False}
        if given.get("DbUser"):
            return {"user": given["DbUser"].lower(), "create": False}
        # The caller's own identity, which Redshift makes a user of, with the rights of everybody.
        return {"user": f"iam:{KEY}", "create": True}

    def secret(self, name):
        from ministack.core.responses import request_scope
        from ministack.services import secretsmanager

        with request_scope(ACCOUNT, self.region):
            status, _, body = secretsmanager._get_secret_value({"SecretId": name})
        if status != 200:
            raise Refusal("ValidationException", "Secrets Manager can't find the specified secret.")
        try:
            return json.loads(json.loads(body)["SecretString"])["username"].lower()
        except (KeyError, ValueError, TypeError):
            raise Refusal("ValidationException", "The secret has no username and password.") from None

    # Statements.

    def execute_statement(self, given):
        return self.submit(given, [given["Sql"]])

    def batch_execute_statement(self, given):
        if not 1 <= len(given["Sqls"]) <= BATCH:
            raise Refusal("ValidationException", "1 validation error detected: Value at 'sqls' failed to satisfy "
                                                 f"constraint: Member must have length less than or equal to {BATCH}")
        return self.submit(given, given["Sqls"])

    def submit(self, given, sqls):
        where = self.warehouse(given)
        for sql in sqls:
            if len(sql.encode()) > STATEMENT_BYTES:
                raise Refusal("ValidationException", "Cannot have a SQL statement larger than 100 KB")
        self.check_parameters(given, sqls)
        self.check_wait(given)
        token = given.get("ClientToken")
        call = self.calls.get(self.tokens.get(token)) if token else None
        if call is None:
            call = Call(given, sqls, where)
            self.calls[call.id] = call
            if token:
                self.tokens[token] = call.id
            call.moved("PICKED")
            aside(work, call, self.region)
        named = {n: given[n] for n in ("ClusterIdentifier", "WorkgroupName", "Database", "SecretArn") if given.get(n)}
        if not given.get("SecretArn"):
            named["DbUser"] = where["user"]
        begun = {"Id": call.id, "CreatedAt": moment(call.created), **named}
        if not given.get("WaitTimeSeconds"):
            return begun

        async def waited():
            await settled(call, given)
            return {**begun, "Status": call.status, "HasResultSet": call.has_results}

        return waited()

    @staticmethod
    def check_parameters(given, sqls):
        for parameter in given.get("Parameters") or []:
            if not any(re.search(rf"(?<![:\w]):{parameter['name']}\b", sql) for sql in sqls):
                raise Refusal("ValidationException", f"Parameters list contains unused parameters. Unused parameters: "
                                                     f"[{parameter['name']}]")

    @staticmethod
    def check_wait(given):
        wait = given.get("WaitTimeSeconds")
        if wait is not None and int(wait) not in WAITS:
            raise Refusal("ValidationException", "WaitTimeSeconds must be from 1 to 30")

    def find(self, given):
        """The call of an id, and the part of it that the id names, if it does."""
        identity, _, number = given["Id"].partition(":")
        call = self.calls.get(identity)
        if call is None or number and not 1 <= int(number) <= len(call.parts):
            raise Refusal("ResourceNotFoundException", "Query does not exist.")
        return call, int(number) if number else None

    async def describe_statement(self, given):
        self.check_wait(given)
        call, number = self.find(given)
        await settled(call, given)
        return described(call, number)

    async def get_statement_result(self, given):
        part, start = await self.result(given)
        page = part.records[start:start + PAGE_ROWS]
        return {"Records": page, **self.around(part, start)}

    async def get_statement_result_v2(self, given):
        import csv
        import io

        part, start = await self.result(given, "CSV")
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([column["name"] for column in part.columns])
        for record in part.records[start:start + PAGE_ROWS]:
            writer.writerow(["" if "isNull" in field else next(iter(field.values())) for field in record])
        return {"Records": [{"CSVRecords": out.getvalue()}], "ResultFormat": "CSV", **self.around(part, start)}

    async def result(self, given, form="JSON"):
        self.check_wait(given)
        call, number = self.find(given)
        await settled(call, given)
        part = call.parts[number - 1] if number else call.parts[0] if not call.batch else None
        if part is None or part.columns is None or call.status != "FINISHED":
            raise Refusal("ResourceNotFoundException", NO_RESULT)
        if (call.given.get("ResultFormat") or "JSON") != form:
            raise Refusal("ValidationException", f"The result is not in the format {form}")
        return part, int(given.get("NextToken") or 0)

    @staticmethod
    def around(part, start):
        more = start + PAGE_ROWS < len(part.records)
        return {"ColumnMetadata": part.columns, "TotalNumRows": len(part.records),
                **({"NextToken": str(start + PAGE_ROWS)} if more else {})}

    def cancel_statement(self, given):
        call, _ = self.find(given)
        if call.status in FINAL:
            raise Refusal("ValidationException", f"Could not cancel a query that is already in {call.status} state with "
                                                 f"ID: {call.id}")
        call.canceled.set()
        if call.session:
            call.session.cancel()
        return {"Status": True}

    def list_statements(self, given):
        status = given.get("Status") or "ALL"
        found = [call for call in reversed(self.calls.values())
                 if (status == "ALL" or call.status == status)
                 and (call.given.get("StatementName") or "").startswith(given.get("StatementName") or "")]
        return {"Statements": [{
            "Id": call.id, "Status": call.status, "QueryString": call.parts[0].sql, "IsBatchStatement": call.batch,
            "QueryStrings": [part.sql for part in call.parts], "StatementName": call.given.get("StatementName"),
            "CreatedAt": moment(call.created), "UpdatedAt": moment(call.updated)}
            for call in found[:int(given.get("MaxResults") or 100)]]}


def described(call, number):
    part = call.parts[number - 1] if number else call.parts[-1]
    one = number or not call.batch
    found = {
        "Id": f"{call.id}:{number}" if number else call.id, "Status": part.status if number else call.status,
        "CreatedAt": moment(call.created), "UpdatedAt": moment(call.updated), "Duration": call.took,
        "HasResultSet": part.columns is not None if one else call.has_results, "ResultRows": part.rows if one else -1,
        "ResultSize": sum(len(str(record)) for record in part.records) if one else -1, "RedshiftPid": 1,
        "RedshiftQueryId": call.number if one else 0, "QueryString": part.sql if one else "",
        "Error": part.error if number else call.error, "ResultFormat": call.given.get("ResultFormat") or "JSON",
        "QueryParameters": call.given.get("Parameters") or None}
    for name in ("ClusterIdentifier", "WorkgroupName", "Database", "SecretArn", "DbUser"):
        if call.given.get(name):
            found[name] = call.given[name]
    if call.batch and not number:
        found["SubStatements"] = [{
            "Id": f"{call.id}:{at}", "Status": each.status, "QueryString": each.sql, "ResultRows": each.rows,
            "HasResultSet": each.columns is not None, "Duration": each.took, "Error": each.error,
            "RedshiftQueryId": call.number + at - 1, "CreatedAt": moment(call.created),
            "UpdatedAt": moment(call.updated)} for at, each in enumerate(call.parts, 1)]
    return {key: value for key, value in found.items() if value is not None}


async def settled(call, given):
    """Waits as long as a call asks for, or until the statement has ended."""
    until = time.monotonic() + int(given.get("WaitTimeSeconds") or 0)
    while call.status not in FINAL and time.monotonic() < until:
        await asyncio.sleep(0.01)


def work(call, region):
    """Runs a call, in a thread of its own."""
    began = time.monotonic_ns()
    at, together = 0, (call.given.get("ExecutionMode") or "TRANSACTION") == "TRANSACTION"
    failed = None
    try:
        if call.canceled.wait(STATE.delay(KIND, "create")):
            raise Refused("Query cancelled on user's request")
        call.moved("STARTED")
        where = call.where
        if call.given["Database"] != where["database"]:
            raise Refused(f'FATAL: database "{call.given["Database"]}" does not exist')
        call.session = Session(where["key"] + where["database"], where["master"].lower(), where["user"],
                               where["create"])
        world = World(region, where["roles"], arn("redshift", region, f"dbuser:{where['name']}/{where['user']}"))
        if together:
            call.session.begin()
        for at, part in enumerate(call.parts):
            try:
                run(call, part, world)
            except Refused as error:
                if together:
                    raise
                ended(part, error)
                failed = failed or (at, error)
        if together:
            call.session.commit()
    except (Refused, Unavailable) as error:
        refused = error if isinstance(error, Refused) else Refused(str(error))
        ended(call.parts[at], refused)
        failed = (at, refused)
        keep(call, at, refused)
    except Exception as error:  # a thread's end must be seen
        ended(call.parts[at], Refused(f"the test bed failed: {type(error).__name__}: {error}"))
        failed = (at, Refused(f"the test bed failed: {type(error).__name__}: {error}"))
    finally:
        if call.session:
            call.session.close()
    call.took = time.monotonic_ns() - began
    finish(call, failed)


def run(call, part, world):
    began = time.monotonic_ns()
    part.status = "STARTED"
    rule = faults.statement_fault(part.sql)
    if rule and rule.get("latency_ms") and call.canceled.wait(rule["latency_ms"] / 1000):
        raise Refused("Query cancelled on user's request")
    if rule and rule.get("reason"):
        raise Refused(rule["reason"])
    parameters = {p["name"]: p["value"] for p in call.given.get("Parameters") or []}
    outcome = call.session.execute(part.sql, parameters, world)
    part.rows, part.columns, part.records = outcome.rows, outcome.columns, outcome.records
    part.took, part.status = time.monotonic_ns() - began, "FINISHED"


def ended(part, error):
    text = error.text()
    part.status, part.error = "FAILED", text.removeprefix("ERROR: ") if text.startswith("ERROR: FATAL") else text


def keep(call, at, error):
    """Rows of the system tables; the transaction that they tell of is rolled back."""
    if error.rows and call.session and call.session.connection:
        call.session.connection.rollback()
        call.session.keep(error.rows, call.number + at)


def finish(call, failed):
    if failed is None:
        call.moved("FINISHED")
        return
    at, _ = failed
    for part in call.parts:
        if part.status == "SUBMITTED":
            part.status = "ABORTED"
    text = call.parts[at].error
    call.error = f"Query #{at + 1} failed with {text}" if call.batch else text
    if call.canceled.is_set():
        call.parts[at].status = "ABORTED"
    call.moved("ABORTED" if call.canceled.is_set() else "FAILED")


def aside(function, *arguments):
    """In a thread that does not keep the test bed from ending."""
    threading.Thread(target=function, args=arguments, daemon=True).start()


def reset():
    """Everything back to empty. What still runs is let go of, with its database."""
    for service in REGIONS.values():
        for call in service.calls.values():
            call.canceled.set()
    REGIONS.clear()
    old = POSTGRES.reset()
    if old:
        aside(POSTGRES.drop, old)


REGIONS, at = regional(RedshiftData)
