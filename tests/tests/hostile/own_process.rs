//! Tests that need a process to themselves: what they measure or limit is the whole process's.

use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Builder;

/// In the environment of the process that a test has to itself: the test's name.
const MARK: &str = "RPC_TESTS_OWN_PROCESS";

/// From now on this process can have so many bytes more than it has; who asks for more ends it. Nothing happens where the
/// system does not say what it has.
pub(crate) fn limit_memory(more: u64) {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    // What may be written to, whether or not it was touched.
    let now =
        status.lines().find_map(|line| line.strip_prefix("VmData:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let limit = Rlimit { current: now.map(|now| (now << 10) + more), ..getrlimit(Resource::Data) };
    setrlimit(Resource::Data, limit).expect("a process may limit itself");
}

/// Runs a test in a process of its own: this program again, with nothing but this test. `body` is what runs there.
pub(crate) fn in_a_process_of_its_own<T>(_test: T, body: impl Future<Output = ()>) {
    let name = std::any::type_name::<T>();
    let (_, name) = name.split_once("::").expect("a test stands in a module");
    if std::env::var_os(MARK).is_some_and(|mark| mark == name) {
        return Builder::new_current_thread().enable_all().build().expect("a runtime starts").block_on(body);
    }
    let program = std::env::current_exe().expect("this program has a name");
    let output = Command::new(program).args([name, "--exact", "--nocapture"]).env(MARK, name).output();
    let output = output.expect("this program starts again");
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{}\n{told}\n{errors}", output.status);
}
