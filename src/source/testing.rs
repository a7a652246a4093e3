//! For tests: reads a source to its end, on this thread.

use crate::error::{Error, Result};
use crate::model::{Post, Reject};
use crate::pipeline::port::Source;

/// All that a source gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    pub posts: Vec<Post>,
    pub rejects: Vec<Reject>,
    pub dropped: Vec<(&'static str, u64)>,
    pub bytes_read: u64,
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What came before the end, or the error that ended it.
pub fn read_all(source: &mut dyn Source) -> Result<Read> {
    let (read, error) = read_until_error(source);
    match error {
        None => Ok(read),
        Some(error) => Err(error),
    }
}

/// What came, and the error that ended it if one did. Asks again after the end: nothing more may come.
pub fn read_until_error(source: &mut dyn Source) -> (Read, Option<Error>) {
    block_on(async {
        let mut read = Read::default();
        let error = loop {
            match source.next().await {
                Ok(Some(batch)) => {
                    assert!(batch.bytes_read >= read.bytes_read, "bytes_read never falls");
                    read.posts.extend(batch.posts);
                    read.rejects.extend(batch.rejects);
                    for (reason, n) in batch.dropped {
                        match read.dropped.iter_mut().find(|d| d.0 == reason) {
                            Some(known) => known.1 += n,
                            None => read.dropped.push((reason, n)),
                        }
                    }
                    read.bytes_read = batch.bytes_read;
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        for _ in 0..3 {
            assert_eq!(source.next().await, Ok(None), "a source that ended stays ended");
        }
        (read, error)
    })
}
