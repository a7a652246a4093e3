"""How a resource type is added to MiniStack's CloudFormation, or changed there."""

from ministack.core.responses import get_region
from ministack.services.cloudformation import provisioners


def region():
    return get_region()


def tags_of(props):
    """The resource's tags: its own and the stack's, which are in its properties by now."""
    found = props.get("Tags") or []
    if isinstance(found, dict):
        return {key: str(value) for key, value in found.items()}
    return {tag["Key"]: str(tag["Value"]) for tag in found}


def listed(props):
    return [{"Key": key, "Value": value} for key, value in tags_of(props).items()]


def lowered(props):
    """Tags for services that write `key` and `value`."""
    return [{"key": key, "value": value} for key, value in tags_of(props).items()]


def number(value):
    return None if value is None else int(value)


def true(value):
    return value is True or str(value).lower() == "true"


def kept(props, *names):
    """Those of `names` that the template gives."""
    return {name: props[name] for name in names if props.get(name) is not None}


def name_of(props, key, stack, logical, lower=True):
    """The name in the properties, or one that CloudFormation would make."""
    if props.get(key):
        return props[key]
    made = provisioners._physical_name(stack, logical, lowercase=lower, max_len=60)
    return made


def add(kind, *, create, delete, update=None, replacing=(), conditional=(), tags="list", snapshot=None):
    """A new type. `create(logical, props, stack)` gives the physical id and the attributes, `delete(id, props)`
    nothing, `update(id, old, new, stack)` as `create`. A change of a `replacing` property makes another one."""
    handlers = {"create": create, "delete": delete}
    if update:
        handlers["update"] = update
    if snapshot:
        handlers["snapshot"] = snapshot
    provisioners._RESOURCE_HANDLERS[kind] = handlers
    replaces(kind, replacing, conditional)
    if tags:
        provisioners._STACK_TAG_PROPERTY[kind] = ("Tags", tags)


def replaces(kind, always, conditional=()):
    """What a change of properties means, for change sets and for updates."""
    provisioners._REPLACING_PROPERTIES[kind] = tuple(always)
    if conditional:
        provisioners._CONDITIONALLY_REPLACING_PROPERTIES[kind] = tuple(conditional)


def wrap(kind, operation, around):
    """Puts `around(original, *args)` in the place of a handler."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    original = handlers[operation]
    provisioners._RESOURCE_HANDLERS[kind] = {
        **handlers, operation: lambda *args: around(original, *args)}


class Everything:
    """A set of properties that holds all but a few: for types of which nearly any change replaces."""

    def __init__(self, *but):
        self.but = but

    def __contains__(self, name):
        return name not in self.but


def replaces_all_but(kind, *names):
    provisioners._REPLACING_PROPERTIES[kind] = Everything(*names)


def handled(message, code="GeneralServiceException"):
    """A failure as CloudFormation writes those of its resource handlers."""
    import uuid

    return ValueError(f'Resource handler returned message: "{message}" '
                      f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {code})")


def asked(function, given, code="GeneralServiceException"):
    """A call of a double, on behalf of a resource."""
    from ..codec import Refusal

    try:
        return function(given)
    except Refusal as error:
        raise handled(f"{error.message}", code) from error
