//! C-9: handlers that panic, in every place where one can, that give too much, never end, or block their thread. The call
//! is told so, and nothing of the program's inside; its connection and all others go on.

use std::{
    panic::resume_unwind,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rpc_core::{CallError, Code, Delivery, Limits, service};
use rpc_tests::{Breakdown, poll_once};
use tokio::task::yield_now;

use crate::attack::{EVERYWHERE, attack};

const SECRET: &str = "the secret";

/// Adds up, and breaks down with a lock in its hand.
#[service(name = "test.Clumsy")]
trait Clumsy {
    async fn drop_std_lock(&self, waits: bool);
    async fn drop_tokio_lock(&self, waits: bool);
    /// How often this was called; whether the first lock was found poisoned.
    async fn count(&self) -> (u32, bool);
    /// Fails to be encoded.
    async fn unencodable(&self) -> Unencodable;
}

/// A result that panics where it is encoded.
#[derive(Debug, serde::Deserialize)]
struct Unencodable;

impl serde::Serialize for Unencodable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        break_down()
    }
}

#[derive(Default)]
struct Hands {
    std: Mutex<u32>,
    tokio: tokio::sync::Mutex<()>,
}

/// Panics without a line on the test's output.
fn break_down() -> ! {
    resume_unwind(Box::new(SECRET))
}

impl Clumsy for Hands {
    async fn drop_std_lock(&self, waits: bool) {
        if waits {
            yield_now().await;
        }
        let _held = self.std.lock().unwrap_or_else(PoisonError::into_inner);
        break_down()
    }

    async fn drop_tokio_lock(&self, waits: bool) {
        let _held = self.tokio.lock().await;
        if waits {
            yield_now().await;
        }
        break_down()
    }

    async fn count(&self) -> (u32, bool) {
        let _free = self.tokio.lock().await;
        let mut count = self.std.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        (*count, self.std.is_poisoned())
    }

    async fn unencodable(&self) -> Unencodable {
        Unencodable
    }
}

/// A call that ended as one whose handler panicked does.
#[track_caller]
fn assert_internal<T: std::fmt::Debug, E: std::fmt::Debug>(ended: Result<T, CallError<E>>) {
    let error = ended.expect_err("the handler panics");
    assert_eq!((error.code(), error.delivery()), (Some(Code::Internal), Delivery::Failed));
    assert!(!format!("{error:?}").contains(SECRET), "the text of a panic has left: {error:?}");
}

#[tokio::test]
async fn c09_a_panic_with_a_lock_in_hand_fails_its_own_call_and_the_lock_is_taken_by_the_next() {
    attack()
        .over(&EVERYWHERE)
        .serving(|server| server.add(ClumsyServer::new(Hands::default())))
        .run(async |target| {
            target.expect_peers(1);
            let clumsy = ClumsyClient::new(target.setup.channel(&target.served).await);
            let running = poll_once(clumsy.count()).await;
            assert_eq!(running.await.unwrap(), (1, false));
            for (count, waits) in [(2, false), (3, true)] {
                assert_internal(clumsy.drop_std_lock(waits).await);
                assert_internal(clumsy.drop_tokio_lock(waits).await);
                assert_internal(clumsy.unencodable().await);
                assert_eq!(clumsy.count().await.unwrap(), (count, true));
            }
        })
        .await;
}

#[tokio::test]
async fn c09_a_panic_anywhere_fails_its_own_call_and_says_nothing() {
    attack()
        .over(&EVERYWHERE)
        .run(async |target| {
            let client = target.client().await;
            let other = poll_once(client.wait(1)).await;
            target.desk().until_ran(1).await;
            for how in [Breakdown::AtOnce, Breakdown::Later, Breakdown::InDrop, Breakdown::Twice] {
                assert_internal(client.panic(how).await);
                client.panic_silently(how).await.unwrap();
            }
            let stopped = client.panic(Breakdown::WhenStopped).timeout(Duration::from_millis(5)).await.unwrap_err();
            assert_eq!((stopped.code(), stopped.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown));
            client.panic_silently(Breakdown::WhenStopped).timeout(Duration::from_millis(5)).await.unwrap();
            assert!(!format!("{stopped:?}").contains(SECRET), "{stopped:?}");
            target.desk().release(1);
            assert_eq!(other.await.unwrap(), 1, "the connection went on");
        })
        .await;
}

#[tokio::test]
async fn c09_a_result_above_what_the_client_takes_fails_its_own_call_and_one_at_the_limit_does_not() {
    attack()
        .over(&EVERYWHERE)
        .run(async |target| {
            let client = target.client().await;
            let most = Limits::default().message as u32;
            for len in [most - 7, 5 << 20, 16 << 20] {
                let error = client.big(len).await.unwrap_err();
                assert_eq!((error.code(), error.delivery()), (Some(Code::ResourceExhausted), Delivery::Failed));
                assert!(error.to_string().contains("the client's limit `message` is 4194304"), "{error}");
            }
            assert_eq!(client.big(most - 8).await.unwrap().len(), most as usize - 8);
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn c09_a_handler_that_never_ends_ends_with_its_deadline() {
    attack()
        .over(&["mem://{unique}"])
        .by_a_still_clock()
        .run(async |target| {
            let client = target.client().await;
            let error = client.wait(1).timeout(Duration::from_secs(3_600)).await.unwrap_err();
            assert_eq!((error.code(), error.delivery()), (Some(Code::DeadlineExceeded), Delivery::Unknown));
            target.desk().until_running(0).await;
            client.ping().await.unwrap();
        })
        .await;
}

/// A worker that blocks may be the one that watches the sockets of its runtime: then all of it waits until the handler has
/// ended, whoever serves. So the others may be late here; none of them is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c09_a_handler_that_blocks_its_thread_loses_no_other_call() {
    attack()
        .over(&EVERYWHERE)
        .run(async |target| {
            let (client, other) = (target.client().await, target.client().await);
            target.desk().compute_for(Duration::from_millis(20));
            for id in 0..8 {
                let others = async {
                    for n in 0..20 {
                        assert_eq!(other.add(n, 1).await.unwrap(), n + 1);
                    }
                };
                // Where the deadline and the answer are seen at once, either may be what it ends with.
                let (computed, ()) = tokio::join!(client.compute(id).timeout(Duration::from_millis(5)), others);
                if let Err(error) = &computed {
                    assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error}");
                }
                target.desk().assert_honest(id, Some(computed.map_err(|error| error.delivery())));
            }
            target.desk().until_running(0).await;
            assert_eq!(client.add(1, 2).await.unwrap(), 3, "its connection goes on");
        })
        .await;
}
