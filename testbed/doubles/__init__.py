"""Doubles of the services that MiniStack lacks: each is a set of functions from parameters to a result.

A new one is a class in a module of its own, with a method for each operation, and a line in `SERVICES`. Its state
changes with the time of `STATE.now()`, never by itself, so a test that moves the clock sees it move.
"""

from .. import jobs
from ..codec import double
from . import comprehend, emr, emr_serverless, pricing, quotas, redshift, redshift_data, redshift_serverless, steps

MODULES = (comprehend, emr, emr_serverless, pricing, quotas, redshift, redshift_data, redshift_serverless)

SERVICES = {
    "comprehend": double(comprehend.at),
    "elasticmapreduce": double(emr.at),
    "emr-serverless": double(emr_serverless.at),
    "pricing": double(pricing.at),
    "redshift": double(redshift.at),
    "redshift-data": double(redshift_data.at),
    "redshift-serverless": double(redshift_serverless.at),
    "servicequotas": double(quotas.at),
}


def reset():
    jobs.reset()
    for module in MODULES:
        module.REGIONS.clear()
    redshift_data.reset()


def settle():
    """Lets go of what has gone by now, with the secrets that were kept for it; brings jobs up to now."""
    for service in emr.REGIONS.values():
        for cluster in service.clusters.values():
            steps.settle(cluster)
    for service in emr_serverless.REGIONS.values():
        service.settle()
    for service in redshift.REGIONS.values():
        _ = service.clusters
    for service in redshift_serverless.REGIONS.values():
        service.alive(service.spaces)
        service.alive(service.groups)
