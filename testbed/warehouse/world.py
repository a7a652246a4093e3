"""What COPY sees of the test bed: its S3, over HTTP as everybody else, and the roles of the warehouse."""

import os
import re
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

from ..place import ACCOUNT
from ..state import STATE
from .dialect import Refused


class World:
    """For a warehouse in `region` whose roles are `roles`; `who` is its user's ARN."""

    def __init__(self, region, roles, who):
        self.region, self.roles, self.who = region, roles, who
        self.role = None

    def assume(self, role):
        from ministack.core.responses import request_scope
        from ministack.services import iam

        if role == "DEFAULT":
            role = self.roles[0] if self.roles else role
        with request_scope(ACCOUNT, self.region):
            known = {found["Arn"]: found for found in iam._roles.values()}
        trust = str(known.get(role, {}).get("AssumeRolePolicyDocument", ""))
        if role not in self.roles or role not in known or "redshift" not in trust:
            raise Refused(f"User {self.who} is not authorized to assume IAM Role {role}")
        self.role = role

    def get(self, bucket, key):
        """The object; nothing when there is none."""
        try:
            return self.ask("s3:GetObject", f"{bucket}/{urllib.parse.quote(key)}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise Refused(f"S3ServiceException:{error.reason},Status {error.code}") from error

    def list(self, bucket, prefix):
        """The keys that start so."""
        keys, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            try:
                tree = xml.fromstring(self.ask("s3:ListBucket", f"{bucket}?{urllib.parse.urlencode(query)}"))
            except urllib.error.HTTPError as error:
                raise Refused(f"S3ServiceException:The specified bucket does not exist,Status {error.code},Error "
                              "NoSuchBucket") from error
            space = re.match(r"\{.*?\}|", tree.tag)[0]
            keys += [each.findtext(f"{space}Key") for each in tree.iter(f"{space}Contents")]
            token = tree.findtext(f"{space}NextContinuationToken")
            if not token:
                return sorted(keys)

    def ask(self, action, path):
        STATE.record("redshift", service="s3", action=action, resource=path.partition("?")[0], role=self.role,
                     region=self.region)
        # Not signed, so that it passes by the faults and the log of whoever is tested.
        with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/{path}") as answer:
            return answer.read()
