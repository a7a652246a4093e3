//! Transform, load and reading back, on a run of 50,000 posts. Divide by that for the time of one post.

#[path = "posts/mod.rs"]
mod posts;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sentistack::layout::WAREHOUSE;
use sentistack::local::{EmbeddedTransform, LocalTables, SqliteWarehouse};
use sentistack::pipeline::event::Silent;
use sentistack::pipeline::port::{Tables, Transform, Unsubmitted, Warehouse};

const POSTS: u64 = 50_000;

fn tables(criterion: &mut Criterion) {
    let Ok(root) = tempfile::tempdir() else { return };
    let Ok(request) = posts::generate(root.path(), POSTS) else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    let transform = EmbeddedTransform::new(root.path());
    let warehouse = SqliteWarehouse::open(root.path().join(WAREHOUSE));
    let tables = LocalTables::new(root.path());
    let mut group = criterion.benchmark_group("tables");
    group.sample_size(10).throughput(Throughput::Elements(POSTS));
    group.bench_function("transform", |bench| {
        bench.iter(|| runtime.block_on(transform.transform(&request, &Unsubmitted, &Silent)));
    });
    group.bench_function("load", |bench| {
        bench.iter(|| {
            let _ = std::fs::remove_file(warehouse.path());
            runtime.block_on(warehouse.load(posts::RUN, posts::MODEL, true, &Silent))
        });
    });
    group.bench_function("load again", |bench| {
        bench.iter(|| runtime.block_on(warehouse.load(posts::RUN, posts::MODEL, true, &Silent)));
    });
    group.bench_function("sample of 5,000 texts", |bench| {
        bench.iter(|| runtime.block_on(tables.texts(posts::RUN, posts::MODEL, 5_000)));
    });
    group.finish();
}

criterion_group!(benches, tables);
criterion_main!(benches);
