//! What went wrong with a call, in words, with what to do.

use aws_sdk_sts::error::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Error, ErrorKind};

/// A call that failed for good.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What was tried: `describe the stack s-batch`.
    what: String,
    /// AWS's code, if it answered.
    pub code: Option<String>,
    /// AWS's message, or what lies behind.
    pub message: String,
    cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// AWS answered with an error.
    Answer,
    /// No answer came.
    Network,
    /// There are no credentials.
    Credentials,
    /// The request could not be made.
    Request,
}

const EXPIRED: [&str; 5] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
    "InvalidClientTokenId.Expired",
];
const THROTTLED: [&str; 10] = [
    "LimitExceeded",
    "ProvisionedThroughputExceededException",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "LimitExceededException",
    "SlowDown",
    "RequestThrottled",
];
const TROUBLE: [&str; 4] = ["InternalFailure", "ServiceUnavailable", "InternalError", "InternalServerError"];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "Forbidden",
];
const UNKNOWN_KEY: [&str; 6] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "InvalidAccessKeyId",
    "IncompleteSignature",
];

impl Failure {
    pub fn of<E>(what: &str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let told = error.message().map(str::to_owned);
        let context = DisplayErrorContext(error).to_string();
        let no_credentials = context.contains("CredentialsNotLoaded")
            || context.contains("no providers in chain provided credentials")
            || context.contains("no credentials found in chain")
            || context.contains("credentials provider");
        let cause = match error {
            _ if code.is_some() => Cause::Answer,
            _ if no_credentials => Cause::Credentials,
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Cause::Network,
            SdkError::ConstructionFailure(_) => Cause::Request,
            _ => Cause::Answer,
        };
        // It goes on with a list of providers, and ends with debug output: nobody can read that.
        let context = match context.contains("no credentials found in chain") {
            true => "no credentials were found".to_owned(),
            false => {
                context.lines().next().and_then(|line| line.split(" (").next()).unwrap_or_default().to_owned()
            }
        };
        Self { what: what.to_owned(), code, message: told.unwrap_or(context), cause }
    }

    /// Whether AWS answered with this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    pub fn is_expired(&self) -> bool {
        self.is_any(&EXPIRED)
    }

    /// Whether the thing asked for is not there.
    pub fn is_not_found(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        code.contains("NotFound") || code.contains("NoSuch") || code == "404"
    }

    /// Whether a stack is not there: CloudFormation has no code of its own for it.
    pub fn is_no_stack(&self) -> bool {
        self.is("ValidationError") && self.message.contains("does not exist") || self.is_not_found()
    }

    /// Whether a write of S3's was refused because what it expected is not so.
    pub fn is_conflict(&self) -> bool {
        self.is_any(&["PreconditionFailed", "ConditionalRequestConflict"])
    }

    /// Whether AWS was asked too often, or has a trouble of its own that passes.
    pub fn is_busy(&self) -> bool {
        self.is_any(&THROTTLED) || self.is_any(&TROUBLE)
    }

    fn is_any(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let Failure { what, code, message, cause } = &failure;
        let (kind, hint) = match cause {
            Cause::Credentials => (
                ErrorKind::Outside,
                "give credentials as for AWS's own command line: `aws configure`, `aws sso login`, or AWS_PROFILE",
            ),
            Cause::Network => (ErrorKind::Outside, "check the network and --region, then try again"),
            Cause::Request => (ErrorKind::Failed, "a name or a setting is not what AWS takes"),
            Cause::Answer if failure.is_expired() => {
                (ErrorKind::Outside, "log in again, then run the same command: it goes on where it was")
            }
            Cause::Answer if failure.is_any(&THROTTLED) => (
                ErrorKind::Outside,
                "AWS was asked too often: wait a minute, then run the same command again",
            ),
            Cause::Answer if failure.is_any(&UNKNOWN_KEY) => (
                ErrorKind::Outside,
                "AWS does not know these credentials: check the profile, or log in again",
            ),
            Cause::Answer if failure.is_any(&DENIED) => {
                (ErrorKind::Failed, "the caller lacks a right: compare with `sentistack doctor --policy`")
            }
            Cause::Answer if failure.is_any(&TROUBLE) => {
                (ErrorKind::Outside, "AWS has a trouble of its own: try again")
            }
            Cause::Answer => (ErrorKind::Failed, "see `sentistack doctor`"),
        };
        let error = Error::new(kind, format!("cannot {what}")).hint(hint);
        match code {
            Some(code) if !message.contains(code.as_str()) => error.because(format!("{message} ({code})")),
            _ => error.because(message),
        }
    }
}
