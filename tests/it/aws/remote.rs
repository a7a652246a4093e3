//! A run on a machine of the stack, which really runs: its user data, its program, its calls. This machine only hands
//! the run over, and watches.

use std::process::Stdio;

use sentistack::stack::caller;
use sentistack::stack::names::Names;
use serde_json::{Value, json};

use super::faults::numbers;
use super::rows::{self, difference};
use super::{ROOT, scored_badly, up};
use crate::policy::allowed;
use crate::stack::bed::{ACCOUNT, Bed, bed};
use crate::stack::rights;
use crate::support::{finish, program};
use crate::x::server::{Behaviour, TOKEN, XServer, generated};
use crate::x::span;

const RUN: [&str; 10] =
    ["pipeline", "run", "--on", "aws", "--transform", "embedded", "--limit", "300", "--seed", "7"];

/// `RUN` and more.
fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&RUN[..], more].concat()
}

/// Hands a run over.
#[track_caller]
fn handed_over(bed: &Bed, args: &[&str]) -> (String, String) {
    let program = program();
    let begun = bed.json(0, &[args, &["--binary", &program]].concat());
    assert_eq!((&begun["status"], &begun["remote"]), (&json!("ok"), &json!(true)), "{begun}");
    let text = |name: &str| begun[name].as_str().unwrap_or_else(|| panic!("{name}: {begun}")).to_owned();
    (text("run_id"), text("instance"))
}

/// Watches a run to its end, from a machine that has nothing of it.
#[track_caller]
fn watched(bed: &Bed, code: i32, run_id: &str) -> crate::support::Ran {
    let ran = bed.run(&["pipeline", "status", run_id, "--on", "aws", "--follow", "-o", "json"]);
    if ran.code != Some(code) {
        println!("{run_id} printed: {}", log(bed, run_id).unwrap_or_default());
    }
    ran.expect(code)
}

fn state(bed: &Bed, instance: &str) -> String {
    let by_id = json!({"Filters": [{"Name": "instance-id", "Values": [instance]}]});
    let found = bed.aws("ec2", "describe_instances", &by_id);
    // EC2 forgets what was terminated after a while.
    found["Reservations"][0]["Instances"][0]["State"]["Name"].as_str().unwrap_or("terminated").to_owned()
}

/// Waits for something of a machine; what it printed is said when it does not come.
#[track_caller]
fn until(bed: &Bed, run_id: &str, what: &str, mut come: impl FnMut() -> bool) {
    for _ in 0..300 {
        if come() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{what} did not come; {}", log(bed, run_id).unwrap_or_default());
}

/// What the machine printed, as far as it is in the bucket.
fn log(bed: &Bed, run_id: &str) -> Option<String> {
    let to = bed.path().join("remote.log");
    let script = "import boto3, os, sys\n\
        s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
        s3.download_file(sys.argv[1], sys.argv[2], sys.argv[3])\n";
    let ran = bed.python(&[
        "-c",
        script,
        ROOT.trim_start_matches("s3://"),
        &format!("runs/{run_id}/remote.log"),
        to.to_str()?,
    ]);
    (ran.code == Some(0)).then(|| std::fs::read_to_string(to).unwrap())
}

#[test]
fn a_machine_of_the_stack_works_on_a_run_and_ends_with_it() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let here = bed.json(0, &RUN);
    let here_id = here["run_id"].as_str().unwrap();
    let expected = numbers(&bed, here_id);
    let tables = |run: &str| {
        let of = |query| bed.json(0, &["sql", &rows::ordered(query), "--root", ROOT, "--run", run]);
        [of(rows::TWEETS), of(rows::WINDOWS)]
    };
    // Before the next run takes the place of its rows.
    let here_tables = tables(here_id);
    bed.delete("/calls");
    let (run_id, instance) = handed_over(&bed, &with(&["--remote"]));
    let told = watched(&bed, 0, &run_id);
    assert!(told.stderr.contains("ingest done in") && told.stderr.contains("finished"), "{}", told.stderr);
    let run = &told.json()["runs"][0];
    assert_eq!((&run["state"], &run["tweets"]), (&json!("finished"), &here["tweets"]));
    assert_eq!(numbers(&bed, &run_id), expected);
    assert_eq!(scored_badly(&bed, &run_id), Vec::<String>::new());
    for (here, there) in here_tables.iter().zip(&tables(&run_id)) {
        assert!(!here["rows"].as_array().unwrap().is_empty());
        assert_eq!(difference(here, there), None);
    }

    until(&bed, &run_id, "its end", || state(&bed, &instance) == "terminated");
    let log = log(&bed, &run_id).expect("its log is in the bucket");
    assert!(log.contains("ended with exit code 0"), "{log}");
    // Every call was one of the machine's own role.
    let called = rights::calls(&bed, "machine");
    assert!(called.contains("kinesis:PutRecords") && called.contains("redshift-data:BatchExecuteStatement"));
    let may = allowed("RunnerRole");
    let missing: Vec<_> = called.iter().filter(|call| !may.contains(*call)).collect();
    assert!(missing.is_empty(), "called, and not in the role: {missing:?}");

    // What the tool called to hand it over, a caller may.
    let policy = caller::policy(&Names::new("sentistack", "us-east-1"), ACCOUNT);
    let called = rights::calls(&bed, "tool");
    assert!(called.contains("ssm:GetParameters") && called.contains("cloudformation:ExecuteChangeSet"));
    let missing: Vec<_> = called.iter().filter(|call| !caller::allows(&policy, call)).collect();
    assert!(missing.is_empty(), "called, and not in the policy: {missing:?}");

    // A machine that has ended is taken out by the next `up`, and nothing else is touched.
    let planned = bed.json(0, &["stack", "plan"]);
    let changes = planned["stacks"][1]["changes"].as_array().unwrap();
    let removed: Vec<_> = changes.iter().map(|c| (c["action"].as_str(), c["logical_id"].as_str())).collect();
    assert_eq!(removed, [(Some("remove"), Some("Runner")), (Some("remove"), Some("RunnerGroup"))]);
    bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(bed.json(0, &["stack", "up", "--yes"])["status"], "unchanged");
    let down = bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    assert_eq!(down["leftovers"], json!([]));
    assert_eq!(bed.left("sentistack"), json!({}));
}

#[test]
fn a_machine_that_dies_is_missed_and_another_one_goes_on() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let calm = bed.json(0, &RUN);
    let expected = numbers(&bed, calm["run_id"].as_str().unwrap());
    // What takes long is cut in two more often.
    bed.faults(&json!([{"service": "s3", "action": "PutObject", "latency_ms": 150}]));
    let (run_id, first) = handed_over(&bed, &with(&["--remote", "--run-id", "cut"]));
    let watching = bed
        .tool()
        .args(["pipeline", "status", &run_id, "--on", "aws", "--follow"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until(&bed, &run_id, "the run", || {
        let calls = bed.get("/calls");
        let of_machine = calls.as_array().unwrap().iter().filter(|call| call["caller"] == "machine");
        of_machine.filter(|call| call["action"] == "s3:PutObject").count() > 15
    });

    // While it works nobody else may, `up` leaves it alone, and a second run is refused.
    bed.run(&with(&["--remote"])).expect(4).says(&["works on the run cut", "status cut --on aws --follow"]);
    let resume = ["pipeline", "resume", "cut", "--on", "aws", "--remote"];
    bed.run(&resume).expect(4).says(&["works on the run cut"]);
    let planned = bed.json(0, &["stack", "plan"]);
    assert_eq!(planned["changes"], false, "{planned}");

    let at_once = json!({"InstanceIds": [first], "SkipOsShutdown": true});
    bed.aws("ec2", "terminate_instances", &at_once);
    bed.calm();
    let said = watching.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&said.stderr).into_owned() + &String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(4), "{text}");
    for words in [
        &*format!("the machine {first} is terminated, and the run has not ended"),
        "sentistack pipeline resume cut --on aws --remote",
        "remote.log",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(bed.json(0, &["pipeline", "status", "cut", "--on", "aws"])["runs"][0]["state"], "stopped");

    let (_, second) = handed_over(&bed, &resume);
    assert_ne!(first, second);
    watched(&bed, 0, &run_id);
    assert_eq!(numbers(&bed, &run_id), expected);
    assert_eq!(scored_badly(&bed, &run_id), Vec::<String>::new());
    assert_eq!(bed.json(0, &resume)["status"], "unchanged");
    // Taken down with the stack, whatever it is doing.
    let (_, third) = handed_over(&bed, &with(&["--remote"]));
    bed.json(0, &["stack", "down", "--yes"]);
    assert_eq!(state(&bed, &third), "terminated");
}

/// X's token is a secret of the stack, which the machine reads; the laptop asks for the price alone.
#[test]
fn a_machine_reads_x_with_a_secret_of_the_stack() {
    let Some(bed) = bed() else { return };
    // Without Spark, warehouse and dashboard there is no network: the machine brings its own.
    bed.settings(
        "stack: {spark: none, redshift: none, grafana: false, alarms: false, cloudwatch_dashboard: false}\n\
         privacy: keep\ntransform: embedded\nwarehouse: none\n",
    );
    bed.json(0, &["stack", "up", "--yes"]);
    assert_eq!(
        bed.aws(
            "ec2",
            "describe_vpcs",
            &json!({"Filters": [{"Name": "tag:sentistack:name", "Values": ["sentistack"]}]})
        )["Vpcs"],
        json!([])
    );
    let (start, end) = span();
    let server = XServer::start(generated(start, end, 3), Behaviour::default());
    let search = |token: &str, more: &[&str]| {
        let mut tool = bed.tool();
        tool.env("SENTISTACK_X_BASE_URL", &server.base_url).env("SENTISTACK_X_TOKEN", token);
        tool.args(["pipeline", "run", "--on", "aws", "--source", "x-search", "--query", "tea", "-o", "json"]);
        tool.args(["--transform", "embedded", "--warehouse", "none"]);
        tool.args(["--start", &start.to_string(), "--end", &end.to_string(), "--remote"]).args(more);
        finish(&mut tool)
    };
    search("env:X_BEARER_TOKEN", &["--max-cost", "1000"])
        .expect(2)
        .says(&["x.token is env:X_BEARER_TOKEN", "create-secret --name sentistack/x-token"]);
    let secret = "secret:sentistack/x-token";
    let made = json!({"Name": "sentistack/x-token", "SecretString": TOKEN});
    bed.aws("secretsmanager", "create_secret", &made);
    search(secret, &["--max-cost", "0.01"]).expect(5).says(&["on a machine of the stack"]);
    assert_eq!(bed.json(0, &["pipeline", "list", "--on", "aws"])["runs"], json!([]), "nothing was begun");

    bed.delete("/calls");
    let begun = search(secret, &["--max-cost", "1000"]).expect(0).json();
    let run_id = begun["run_id"].as_str().unwrap();
    watched(&bed, 0, run_id);
    assert_eq!(server.sold_twice(), vec![]);
    let pulled = bed.json(0, &["pipeline", "pull", run_id, "--to", "pulled"]);
    assert!(pulled["scored"].as_u64().unwrap() > 0, "{pulled}");
    let called = rights::calls(&bed, "machine");
    assert!(called.contains("secretsmanager:GetSecretValue"), "{called:?}");
    let may = allowed("RunnerRole");
    assert_eq!(called.iter().filter(|call| !may.contains(*call)).collect::<Vec<_>>(), Vec::<&String>::new());
    bed.json(0, &["stack", "down", "--purge", "--confirm", "sentistack", "--yes"]);
    let left = bed.left("sentistack");
    assert_eq!(left.as_object().unwrap().keys().collect::<Vec<_>>(), ["secrets"], "{left}");
}

#[test]
fn an_outside_cause_is_waited_for_and_a_failure_is_told() {
    let Some(bed) = bed() else { return };
    up(&bed);
    let denied = |times: u64| json!([{"service": "redshift-data", "action": "BatchExecuteStatement", "error": "AccessDenied", "times": times}]);
    bed.faults(&denied(1_000));
    let (run_id, instance) = handed_over(&bed, &with(&["--remote"]));
    let told = watched(&bed, 4, &run_id);
    assert!(told.stderr.contains("not authorized"), "{}", told.stderr);
    assert!(log(&bed, &run_id).unwrap().contains("ended with exit code 1"));
    until(&bed, &run_id, "its end", || state(&bed, &instance) == "terminated");
    bed.calm();
    // Here, from where it was.
    bed.json(0, &["pipeline", "resume", &run_id, "--on", "aws"]);

    // A program that is not the one that was named is not run.
    let script = "import boto3, os, sys\n\
        s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
        for found in s3.list_objects_v2(Bucket=sys.argv[1], Prefix='runner/')['Contents']:\n\
        \x20   s3.put_object(Bucket=sys.argv[1], Key=found['Key'], Body=b'#!/bin/sh\\necho another\\n')\n\
        \x20   print(found['Key'])\n";
    let bucket = ROOT.trim_start_matches("s3://");
    let programs = bed.python(&["-c", script, bucket]).expect(0).stdout;
    let (other, _) = handed_over(&bed, &with(&["--remote"]));
    watched(&bed, 4, &other);
    let printed = log(&bed, &other).unwrap();
    assert!(printed.contains("FAILED") && !printed.contains("another"), "{printed}");
    let program = json!({"Bucket": bucket, "Key": programs.trim()});
    bed.aws("s3", "delete_object", &program);

    // Another process has the run for a while: the machine tries again.
    let lease = bed.path().join("lease.json");
    let until_then = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(5);
    std::fs::write(&lease, json!({"owner": "process 1 of elsewhere", "expires": until_then}).to_string())
        .unwrap();
    let script = "import boto3, os, sys\n\
        s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
        s3.upload_file(sys.argv[1], sys.argv[2], 'runs/held/lease.json')\n";
    bed.python(&["-c", script, lease.to_str().unwrap(), ROOT.trim_start_matches("s3://")]).expect(0);
    let (held, _) = handed_over(&bed, &with(&["--remote", "--run-id", "held"]));
    until(&bed, &held, "a try", || log(&bed, &held).is_some_and(|log| log.contains("exit code 4")));
    let lease = json!({"Bucket": ROOT.trim_start_matches("s3://"), "Key": "runs/held/lease.json"});
    bed.aws("s3", "delete_object", &lease);
    watched(&bed, 0, &held);
    let printed = log(&bed, &held).unwrap();
    assert!(printed.contains("ended with exit code 4") && printed.contains("exit code 0"), "{printed}");
}

#[test]
fn what_a_machine_cannot_do_is_refused_before_anything_is_made() {
    let Some(bed) = bed() else { return };
    bed.settings(super::SETTINGS);
    bed.run(&with(&["--remote"])).expect(2).says(&["there is no stack sentistack-batch", "stack up"]);
    up(&bed);
    bed.delete("/calls");
    let posts = bed.path().join("posts.jsonl");
    std::fs::write(&posts, crate::support::lines(3)).unwrap();
    let script = bed.path().join("script");
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    let (posts, script) = (posts.to_str().unwrap(), script.to_str().unwrap());
    let base = ["pipeline", "run", "--transform", "embedded", "--remote"];
    for (more, words) in [
        (&["--limit", "10", "--warehouse", "none"][..], &["does not reach", "add --on aws"][..]),
        (&["--on", "aws", "--input", posts], &["the files that replay reads are on this machine"]),
        (&["--on", "aws", "--model", posts], &["is a file of this machine"]),
        (&["--on", "aws", "--root", "s3://sentistack-123456789012-us-east-1/below"], &["works in s3://"]),
        (&["--on", "aws", "--binary", script], &["script cannot run", "no ELF file", "cargo zigbuild"]),
        (&["--on", "aws", "--ephemeral"], &["cannot be used with"]),
        (&["--on", "aws", "--from-stage", "load"], &["cannot be used with"]),
    ] {
        bed.run(&[&base[..], more].concat()).expect(2).says(words);
    }
    bed.run(&["pipeline", "run", "--binary", script]).expect(2).says(&["--remote"]);
    bed.run(&["pipeline", "resume", "none", "--on", "aws", "--remote"])
        .expect(2)
        .says(&["there is no run none"]);
    bed.settings(&super::SETTINGS.replace("stack: {", "stack: {runner_type: t4g.small, "));
    let wrong = if cfg!(target_arch = "aarch64") { "t3.small" } else { "t4g.small is arm64" };
    bed.run(&with(&["--remote"])).expect(2).says(&[wrong, "stack.runner_type"]);
    let called = rights::calls(&bed, "tool");
    for change in ["s3:PutObject", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"] {
        assert!(!called.contains(change), "{called:?}");
    }

    // A private network has no way out.
    bed.json(0, &["stack", "down", "--yes"]);
    bed.settings(&super::SETTINGS.replace("stack: {", "stack: {network: private, "));
    bed.json(0, &["stack", "up", "--yes"]);
    bed.run(&with(&["--remote"])).expect(2).says(&["no place for a remote run's machine", "network: egress"]);

    // A machine that cannot be had: the stack is as it was, and the run waits.
    bed.json(0, &["stack", "down", "--yes"]);
    up(&bed);
    bed.faults(&json!([{"resource": "AWS::EC2::Instance", "on": "create", "times": 1,
        "reason": "We currently do not have sufficient t3.medium capacity (InsufficientInstanceCapacity)"}]));
    let failed = bed.run(&with(&["--remote", "--run-id", "later"]));
    assert_ne!(failed.code, Some(0));
    let failed = failed.says(&["sufficient t3.medium capacity", "pipeline resume later --on aws --remote"]);
    drop(failed);
    handed_over(&bed, &["pipeline", "resume", "later", "--on", "aws", "--remote"]);
    watched(&bed, 0, "later");
    let listed: Value = bed.json(0, &["pipeline", "list", "--on", "aws"])["runs"].clone();
    assert_eq!(listed[0]["state"], "finished");
}
