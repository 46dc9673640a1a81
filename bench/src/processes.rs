//! What processes cost, as Linux counts it, and how busy the machine is.

use std::{collections::HashMap, fs, io::Write as _, path::Path, time::Instant};

/// Ticks of `/proc/*/stat` a second; 100 on every Linux that runs on common hardware.
const TICKS: f64 = 100.0;

/// The fields of `/proc/PID/stat` that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    /// User and system time, in ticks.
    own: u64,
    /// The same of children that ended and were waited for.
    children: u64,
}

impl Process {
    fn read(text: &str) -> Option<Self> {
        // The name stands in brackets and may hold anything, brackets included.
        let (pid, rest) = text.split_once(' ')?;
        let fields: Vec<&str> = rest.rsplit_once(") ")?.1.split(' ').collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            pid: pid.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            own: number(11)? + number(12)?,
            children: number(13)? + number(14)?,
        })
    }

    pub fn of(pid: u32) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }
}

/// Every process of the machine.
fn all() -> Vec<Process> {
    let pids = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Process::of).collect()
}

/// The children of a process, without theirs.
pub fn children(pid: u32) -> Vec<Process> {
    all().into_iter().filter(|process| process.parent == pid).collect()
}

/// CPU seconds that these processes and all below them took since they started; each process
/// counts once.
pub fn cpu_seconds(roots: &[u32]) -> f64 {
    let processes: HashMap<u32, Process> = all().into_iter().map(|process| (process.pid, process)).collect();
    let mut ticks = 0;
    for process in processes.values() {
        let mut at = Some(process);
        while let Some(above) = at {
            if roots.contains(&above.pid) {
                ticks += process.own + process.children;
                break;
            }
            at = processes.get(&above.parent);
        }
    }
    ticks as f64 / TICKS
}

/// CPU seconds of this process' children that ended and were waited for.
pub fn ended_children_seconds() -> f64 {
    Process::of(std::process::id()).map_or(f64::NAN, |me| me.children as f64 / TICKS)
}

/// Resident memory of one process, MiB.
pub fn resident_mib(pid: u32) -> Option<f64> {
    memory_mib(pid, "VmRSS:")
}

/// The most that it ever was.
pub fn peak_mib(pid: u32) -> Option<f64> {
    memory_mib(pid, "VmHWM:")
}

fn memory_mib(pid: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1_024.0)
}

/// Processes that wanted the processor, averaged over the last minute.
pub fn load() -> f64 {
    fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(f64::NAN)
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Median time of one `fdatasync` after 8 KiB in a folder, ms.
pub fn fdatasync_ms(folder: &Path) -> std::io::Result<f64> {
    const TIMES: usize = 40;
    let path = folder.join("fdatasync");
    let mut file = fs::File::create(&path)?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        file.write_all(&[1; 8_192])?;
        let began = Instant::now();
        file.sync_data()?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(path)?;
    took.sort_by(f64::total_cmp);
    Ok(took[TIMES / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 50 20 5 20 0 1 0 99 1 1";
        assert_eq!(Process::read(line), Some(Process { pid: 42, parent: 7, own: 150, children: 25 }));
    }

    #[test]
    fn this_process_has_a_parent_and_memory() {
        let me = Process::of(std::process::id()).unwrap();
        assert!(me.parent > 0);
        assert!(resident_mib(me.pid).unwrap() > 1.0);
        assert!(cpu_seconds(&[me.pid]) >= 0.0);
    }
}
