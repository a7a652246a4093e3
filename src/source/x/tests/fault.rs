use super::*;

fn error(status: u16, text: &str, has_token: bool) -> Error {
    let secret = Secret::new("s3cr3t");
    let asked = Asked {
        url: "https://api.x.com/2/x",
        query: "tea (",
        has_token,
        secret: &secret,
        next: Next::Resume,
    };
    match refused(status, text, asked) {
        Fault::Failed(error) => *error,
        Fault::Token(why) => panic!("{why}"),
    }
}

#[test]
fn each_refusal_has_its_kind_and_x_s_own_words() {
    for (status, text, kind, message) in [
        (
            401,
            r#"{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}"#,
            ErrorKind::Outside,
            "X does not accept the token: Unauthorized: Unauthorized",
        ),
        (
            403,
            r#"{"client_id":"1","detail":"Attach the app to a Project.","title":"Client Forbidden","reason":"client-not-enrolled"}"#,
            ErrorKind::Outside,
            "X refuses this app: Client Forbidden: Attach the app to a Project.",
        ),
        (
            402,
            r#"{"title":"CreditsDepleted","detail":"No credits left."}"#,
            ErrorKind::Outside,
            "X wants to be paid first: CreditsDepleted: No credits left.",
        ),
        (
            400,
            r#"{"errors":[{"parameters":{"query":["tea ("]},"message":"There were errors processing your request: missing ')'"}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid."}"#,
            ErrorKind::Config,
            "X rejects the query: There were errors processing your request: missing ')'",
        ),
        (
            400,
            r#"{"errors":[{"parameters":{"start_time":["x"]},"message":"Invalid 'start_time'"}]}"#,
            ErrorKind::Config,
            "X rejects the time asked for: Invalid 'start_time'",
        ),
        (404, "", ErrorKind::Config, "there is no X API at that address (HTTP 404)"),
        (302, "", ErrorKind::Config, "there is no X API at that address (HTTP 302)"),
        (418, "teapot", ErrorKind::Failed, "X does not do what it was asked for (HTTP 418)"),
    ] {
        let error = error(status, text, false);
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
        if kind == ErrorKind::Outside {
            assert!(error.hint.unwrap().contains("pipeline resume"));
        }
    }
    let query = error(400, r#"{"errors":[{"parameters":{"query":["tea ("]},"message":"no"}]}"#, false);
    assert!(query.hint.unwrap().ends_with("it was: tea ("));
}

#[test]
fn what_x_repeats_of_the_token_is_not_said() {
    let error = error(401, r#"{"title":"Unauthorized","detail":"bad token s3cr3t"}"#, false);
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
}

#[test]
fn a_token_that_x_does_not_go_on_from_ends_its_window_only() {
    let secret = Secret::new("s");
    let text = r#"{"errors":[{"parameters":{"next_token":["x"]},"message":"Invalid 'next_token'"}]}"#;
    let asked = Asked { url: "u", query: "q", has_token: true, secret: &secret, next: Next::Resume };
    assert!(matches!(refused(400, text, asked), Fault::Token(_)));
    assert!(matches!(refused(400, text, Asked { has_token: false, ..asked }), Fault::Failed(_)));
}
