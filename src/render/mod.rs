//! CloudFormation templates from settings. Pure.
