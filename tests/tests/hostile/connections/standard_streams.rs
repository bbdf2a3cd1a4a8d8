//! K-10: a process that was started without standard streams serves and calls.

use std::{env, process::Stdio};

use rpc_tests::{LaboratoryClient, Setup, within};

use crate::attack::{STREAMS, attack};

/// In the environment of the other process: the server of this one.
const HOME: &str = "RPC_TESTS_HOME";
/// What the other process runs.
const ABROAD: &str = "connections::standard_streams::abroad";

#[tokio::test]
async fn k10_a_process_without_standard_streams_serves_and_calls() {
    attack()
        .run(async |target| {
            let mut command = tokio::process::Command::new("/bin/sh");
            command.args(["-c", "exec \"$@\" 0<&- 1>&- 2>&-", "sh"]).arg(env::current_exe().unwrap());
            command.args([ABROAD, "--exact", "--nocapture"]).env(HOME, &target.served.url);
            command.stdin(Stdio::null()).kill_on_drop(true);
            target.expect_peers(1);
            let status = within("the other process", command.status()).await.unwrap();
            assert!(status.success(), "{status}");
            assert_eq!(target.desk().ledger(), [1_000_000], "the other process has not run the test");
        })
        .await;
}

/// Does nothing where nobody has told it whom to call.
#[tokio::test]
async fn abroad() {
    let Ok(home) = env::var(HOME) else { return };
    let home = LaboratoryClient::connect(&home).await.unwrap();
    for url in STREAMS {
        let setup = Setup::over(url);
        let (_, client) = setup.pair().await;
        assert_eq!(client.big(1_000_000).await.unwrap().len(), 1_000_000);
        drop(client);
        setup.stop_all().await;
    }
    home.note(1_000_000).await.unwrap();
}
