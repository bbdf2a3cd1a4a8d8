//! Prints what was measured as a table, and draws it as bars.

use std::time::Duration;

/// Columns of the longest bar.
const WIDTH: f64 = 40.0;

/// What was measured of a transport.
pub struct Row {
    pub transport: String,
    /// Of one call at a time.
    pub p50: Duration,
    pub p99: Duration,
    /// Of many at a time.
    pub calls_per_second: f64,
    /// Microseconds of both processes per such call, where the system tells.
    pub cpu: Option<f64>,
    /// Of large messages, there and back.
    pub bytes_per_second: f64,
}

/// When to use which.
fn advice(transport: &str) -> &'static str {
    match transport {
        "tcp" => "between machines; or where you cannot know that there is only one",
        "unix" => "on one machine: no port, the kernel says who calls, and nothing else to think of",
        "shm" => "on one machine, where microseconds count: spins for a moment after each message, then rests",
        _ => "within a process: tests, and services that are not apart yet",
    }
}

/// Prints all of it.
pub fn print(rows: &[Row]) {
    println!("\n             one call of 64 bytes      64 calls at a time         1 MiB and back");
    println!("transport       p50        p99        calls/s    CPU per call        GB/s\n");
    for row in rows {
        let cpu = row.cpu.map_or("–".to_owned(), |cpu| format!("{cpu:.2} µs"));
        println!(
            "{:9} {:>7.1} µs {:>7.1} µs {:>12.0} {:>12} {:>14.2}",
            row.transport,
            micros(row.p50),
            micros(row.p99),
            row.calls_per_second,
            cpu,
            row.bytes_per_second / 1e9
        );
    }
    bars("latency of one call, p50, µs (shorter is better)", rows, |row| micros(row.p50));
    bars("calls per second, 64 at a time (longer is better)", rows, |row| row.calls_per_second);
    bars("CPU time per call of both processes, 64 at a time, µs (shorter is better)", rows, |row| {
        row.cpu.unwrap_or_default()
    });
    println!();
    for row in rows {
        println!("{:9} {}", row.transport, advice(&row.transport));
    }
}

/// Draws one figure of each transport.
fn bars(title: &str, rows: &[Row], figure: impl Fn(&Row) -> f64) {
    let longest = rows.iter().map(&figure).fold(f64::MIN_POSITIVE, f64::max);
    println!("\n{title}");
    for row in rows {
        let value = figure(row);
        let bar = "█".repeat((value / longest * WIDTH).round().max(1.0) as usize);
        let digits = if value < 100.0 { 2 } else { 0 };
        println!("  {:6} {bar} {value:.digits$}", row.transport);
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
