use proptest::prelude::*;

use super::*;

fn span() -> Span {
    Span { from: "2021-06-23T00:00:00.9Z".parse().unwrap(), to: "2021-06-23T01:00:00Z".parse().unwrap() }
}

fn redshift(sql: &str) -> String {
    expand(sql, Dialect::Redshift, &span(), &Filters::default()).unwrap()
}

fn sqlite(sql: &str) -> String {
    expand(sql, Dialect::Sqlite, &span(), &Filters::default()).unwrap()
}

/// What the plugin's own tests say that its macros become.
#[test]
fn redshift_is_the_plugins_text() {
    for (macro_, text) in [
        ("$__timeEpoch(starttime)", r#"extract(epoch from starttime) as "time""#),
        ("$__timeFilter(starttime)", "starttime BETWEEN '2021-06-23T00:00:00Z' AND '2021-06-23T01:00:00Z'"),
        ("$__timeFrom()", "'2021-06-23T00:00:00Z'"),
        ("$__timeTo()", "'2021-06-23T01:00:00Z'"),
        ("$__timeGroup(starttime,'1m')", r#"floor(extract(epoch from starttime)/60)*60 AS "time""#),
        ("$__timeGroup( starttime , '15m' )", r#"floor(extract(epoch from starttime)/900)*900 AS "time""#),
        ("$__unixEpochFilter(starttime)", "starttime >= 1624406400 AND starttime <= 1624410000"),
        ("$__unixEpochGroup(starttime,1h)", r#"floor(starttime/3600)*3600 AS "time""#),
    ] {
        assert_eq!(redshift(macro_), text);
    }
}

#[test]
fn sqlite_compares_text_of_fixed_width() {
    assert_eq!(
        sqlite("$__timeFilter(c)"),
        "c BETWEEN '2021-06-23T00:00:00.000000Z' AND '2021-06-23T01:00:00.000000Z'"
    );
    assert_eq!(sqlite("c < $__timeTo()"), "c < '2021-06-23T01:00:00.000000Z'");
}

#[test]
fn what_is_not_right_is_named() {
    for (sql, problem) in [
        ("$__timeFiltre(c)", "there is no macro `$__timeFiltre`"),
        ("$__timeFilter()", "another number of arguments than 0"),
        ("$__timeGroup(c)", "another number of arguments than 1"),
        ("$__timeGroup(c, '15')", "is no interval"),
        ("$__timeGroup(c, '0m')", "is no interval"),
        ("$__timeGroup(c, '1M')", "is no interval"),
        ("$__timeFrom", "has no parentheses"),
        ("$__timeFilter(c", "do not end"),
        ("${topic}", "not of the format"),
        ("${topic:raw}", "not of the format"),
        ("${tpoic:sqlstring}", "there is no variable tpoic"),
        ("${topic:sqlstring", "does not end"),
    ] {
        let error = expand(sql, Dialect::Sqlite, &span(), &Filters::default()).unwrap_err();
        assert!(error.message.contains(problem), "{sql}: {}", error.message);
    }
}

#[test]
fn choices_become_lists_of_strings() {
    let written = |choice: Choice, dialect| {
        let filters = Filters { topic: choice, ..Filters::default() };
        expand("${topic:sqlstring}", dialect, &span(), &filters)
    };
    let of = |values: &[&str]| Choice::Only(values.iter().map(|&value| value.to_owned()).collect());
    for dialect in [Dialect::Sqlite, Dialect::Redshift] {
        assert_eq!(written(Choice::All, dialect).unwrap(), "'*'");
        assert_eq!(written(of(&[]), dialect).unwrap(), "''");
        assert_eq!(written(of(&["a", "it's"]), dialect).unwrap(), "'a','it''s'");
        // A value is never taken for a macro.
        assert_eq!(written(of(&["$__timeFrom()${run:raw}"]), dialect).unwrap(), "'$__timeFrom()${run:raw}'");
        assert!(written(of(&["a\0"]), dialect).is_err());
    }
    let hostile = r"\') OR 1=1 --";
    assert_eq!(written(of(&[hostile]), Dialect::Sqlite).unwrap(), r"'\'') OR 1=1 --'");
    assert_eq!(written(of(&[hostile]), Dialect::Redshift).unwrap(), r"'\\'') OR 1=1 --'");
}

proptest! {
    /// Whatever is in a query, it is expanded or refused; what has no dollar stays as it is.
    #[test]
    fn nothing_breaks_it(sql in r"[a-z(),'$_{}: ]{0,40}") {
        let expanded = expand(&sql, Dialect::Sqlite, &span(), &Filters::default());
        if !sql.contains('$') {
            prop_assert_eq!(expanded.unwrap(), sql);
        }
    }
}

/// Every panel and variable as a script; the tests of the test bed read it back from the snapshots, and run it on
/// PostgreSQL and SQLite.
fn script(dialect: Dialect, filters: &Filters) -> String {
    let span =
        Span { from: "2026-03-01T00:00:00Z".parse().unwrap(), to: "2026-03-01T05:00:00Z".parse().unwrap() };
    let panels = super::super::all().iter().map(|panel| (panel.name.to_owned(), panel.sql));
    let variables = super::super::variables().iter();
    let variables = variables.filter_map(|v| Some((format!("choices-{}", v.name), v.sql?)));
    let mut text = String::new();
    for (name, sql) in panels.chain(variables) {
        text.push_str(&format!("-- {name}\n{}\n", expand(sql, dialect, &span, filters).unwrap()));
    }
    text.trim_end().to_owned()
}

#[test]
fn panels_as_they_are_asked() {
    let of = |values: &[&str]| Choice::Only(values.iter().map(|&value| value.to_owned()).collect());
    let all = Filters { model: of(&["embedded"]), window: of(&["900"]), ..Filters::default() };
    let some = Filters {
        topic: of(&["tea", r"it's \b"]),
        source: of(&["replay"]),
        run: of(&["r1", "r3"]),
        lang: of(&["en", "none"]),
        label: of(&["positive", "mixed", "unscored"]),
        ..all.clone()
    };
    insta::assert_snapshot!("all-redshift", script(Dialect::Redshift, &all));
    insta::assert_snapshot!("all-sqlite", script(Dialect::Sqlite, &all));
    insta::assert_snapshot!("some-redshift", script(Dialect::Redshift, &some));
    insta::assert_snapshot!("some-sqlite", script(Dialect::Sqlite, &some));
}
