"""Policies that belong to one role: MiniStack knows them as policies of several."""

from ministack.services.cloudformation import provisioners

from .registry import add


def install():
    inline = provisioners._RESOURCE_HANDLERS["AWS::IAM::Policy"]

    def create(logical, props, stack):
        return inline["create"](logical, several(props), stack)

    def update(name, old, new, stack):
        return inline["update"](name, several(old), several(new), stack)

    def delete(name, props):
        return inline["delete"](name, several(props))

    add("AWS::IAM::RolePolicy", create=create, update=update, delete=delete, replacing=("PolicyName", "RoleName"),
        tags=None)


def several(props):
    return {**props, "Roles": [props["RoleName"]]}
