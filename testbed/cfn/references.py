"""What a template names must be there: parameters with values, resources that the conditions leave in.

MiniStack takes a Ref to nothing for a text. AWS refuses it before anything is made, also when the resource is there
but its condition is false: the commonest fault of a template with options.
"""

import re

from ministack.services.cloudformation import changesets, engine, handlers

SUB = re.compile(r"\$\{([^!}][^}]*)\}")
support = engine.validate_template_support
parameters = engine._resolve_parameters


def install():
    for module in (engine, handlers, changesets):
        if hasattr(module, "validate_template_support"):
            module.validate_template_support = checked
        if hasattr(module, "_resolve_parameters"):
            module._resolve_parameters = valued
    # AWS asks for capabilities whoever calls.
    handlers._capabilities_enforced = lambda: True


def valued(template, given, previous=None):
    declared = template.get("Parameters") or {}
    names = {each.get("ParameterKey") or each.get("Key"): each for each in given or []}
    unknown = [name for name in names if name and name not in declared]
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name, each in declared.items() if "Default" not in each and name not in names]
    if missing:
        raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
    return parameters(template, given, previous) if previous is not None else parameters(template, given)


def checked(template, conditions, params=None):
    support(template, conditions, params=params)
    known = conditions if params is not None else None
    declared = template.get("Conditions") or {}
    for name, each in (template.get("Resources") or {}).items():
        condition = isinstance(each, dict) and each.get("Condition")
        if condition and condition not in declared:
            raise ValueError(f"Template format error: Unresolved condition dependency {condition} in the Resources "
                             f"block of the template [{name}]")
    resources = live(template, "Resources", known)
    names = set(resources) | set(template.get("Parameters") or {})
    for section in ("Resources", "Outputs"):
        missing = set()
        for each in live(template, section, known).values():
            body = {key: value for key, value in each.items() if key not in ("Metadata", "Condition")}
            missing |= {name for name in named(body, known) if name not in names and not name.startswith("AWS::")}
            if section == "Resources":
                depends = each.get("DependsOn") or []
                # A dependency on what a condition leaves out is no fault.
                missing |= set([depends] if isinstance(depends, str) else depends) - set(template["Resources"])
        attribute = next((name for name in sorted(missing) if asked_of(live(template, section, known), name)), None)
        if attribute:
            raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {attribute}")
        if missing:
            raise ValueError(f"Template format error: Unresolved resource dependencies [{', '.join(sorted(missing))}] "
                             f"in the {section} block of the template")


def asked_of(value, name):
    """Whether an attribute of `name` is asked for, outside a text."""
    if isinstance(value, list):
        return any(asked_of(each, name) for each in value)
    if not isinstance(value, dict):
        return False
    argument = value.get("Fn::GetAtt")
    parts = argument.split(".") if isinstance(argument, str) else argument
    return bool(parts and parts[0] == name) or any(asked_of(each, name) for each in value.values())


def live(template, section, conditions):
    """Those of a section that their conditions leave in."""
    return {name: each for name, each in (template.get(section) or {}).items()
            if isinstance(each, dict) and (conditions is None or conditions.get(each.get("Condition"), True))}


def named(value, conditions):
    """The resources and parameters that a value names; of Fn::If, the branch that is taken."""
    if isinstance(value, list):
        return {name for each in value for name in named(each, conditions)}
    if not isinstance(value, dict):
        return set()
    if len(value) == 1:
        function, argument = next(iter(value.items()))
        if function == "Ref" and isinstance(argument, str):
            return {argument}
        if function == "Fn::GetAtt":
            parts = argument.split(".") if isinstance(argument, str) else argument
            return {parts[0]} if isinstance(parts[0], str) else set()
        if function == "Fn::Sub":
            text, given = argument if isinstance(argument, list) else (argument, {})
            found = {name.strip().split(".")[0] for name in SUB.findall(text)} - set(given)
            return found | named(list(given.values()), conditions)
        if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            if conditions is None:
                return named(argument[1:], None)
            return named(argument[1 if conditions.get(argument[0]) else 2], conditions)
    return {name for each in value.values() for name in named(each, conditions)}
