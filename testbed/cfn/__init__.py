"""CloudFormation as strict and as slow as AWS's: MiniStack's engine, repaired where it is easier than AWS.

`install` is called once, before the first request.
"""

from . import (
    events, network, pace, references, rules, stacks, storage, taken, types_athena, types_ec2, types_emr,
    types_iam, types_mapping, types_redshift, types_schedule,
)


def install():
    for module in (pace, events, references, rules, stacks, storage, network, types_athena, types_ec2,
                   types_emr, types_iam, types_mapping, types_redshift, types_schedule, taken):
        module.install()
