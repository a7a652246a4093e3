"""What Athena reads through: MiniStack has the types, here they get tags, and a workgroup is as hard to delete as AWS's."""

from ministack.services import athena
from ministack.services.cloudformation import provisioners

from .registry import handled, true, wrap


def install():
    # A database of Glue's and its tables take no tags through CloudFormation.
    provisioners._STACK_TAG_PROPERTY["AWS::Athena::WorkGroup"] = ("Tags", "list")
    wrap("AWS::Athena::WorkGroup", "delete", empty)


def empty(delete, name, props):
    """Queries that were ever asked, and those that are kept by name, hold a workgroup that does not say otherwise."""
    held = (athena._executions, athena._named_queries, athena._prepared_statements)
    if not true(props.get("RecursiveDeleteOption")) and any(
            record.get("WorkGroup", record.get("WorkGroupName")) == name
            for table in held for record in table.values()):
        raise handled(f"WorkGroup {name} is not empty (Service: Athena, Status Code: 400, Request ID: TESTBED)",
                      "InvalidRequest")
    return delete(name, props)
