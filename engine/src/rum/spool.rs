//! Beacons on disk, for the minutes in which the database is away: appended and synced before
//! anybody is told that they are taken, read in order when the database is back, and deleted once
//! they are committed.
//!
//! A folder of segments, each a row of frames (`frame.rs`). One process at a time has the folder.
//! What a crash cut off at the end was promised to nobody, and is cut away; a frame that is damaged
//! is skipped and counted. A frame may be read again after a crash: its writer's count in the
//! database tells whether it was committed.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    batch::Received,
    frame::{self, Frame, Next},
    shares::{Share, Shares},
};

/// A segment that is longer is not appended to.
const SEGMENT: u64 = 16 << 20;

/// Where the spool is, and how much it may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolConfig {
    pub folder: PathBuf,
    pub most_bytes: u64,
}

/// Why a beacon was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    Full,
    /// Its project has much in a spool that is filling up.
    TooMuch,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpoolDepth {
    pub beacons: u64,
    pub bytes: u64,
    /// Frames that were damaged, since the start.
    pub corrupt: u64,
}

/// The spool. Its calls wait for the disk: they belong on a thread that may block.
pub struct Spool {
    config: SpoolConfig,
    segments: Mutex<Segments>,
    beacons: AtomicU64,
    bytes: AtomicU64,
    /// Bytes that wait of each project.
    shares: Shares,
    corrupt: AtomicU64,
    appended: Notify,
    /// Held as long as this lives.
    _lock: File,
}

struct Segments {
    /// The oldest first; the reader is in the first, the appender in the last.
    all: VecDeque<Segment>,
    /// Where the reader is in the first.
    read: u64,
    /// The last one's file, if more may be appended to it.
    tail: Option<File>,
    next_nr: u64,
}

struct Segment {
    path: PathBuf,
    /// Bytes that are synced.
    length: u64,
}

/// What was read: in order, and up to where.
#[derive(Debug, Default)]
pub struct Chunk {
    pub frames: Vec<Frame>,
    segment: PathBuf,
    end: u64,
    /// Bytes of each beacon, and whose they are.
    shares: Vec<(Share, u64)>,
}

impl Spool {
    /// Opens the folder, making it where it is missing, and looks through what is there.
    pub fn open(config: &SpoolConfig) -> io::Result<Arc<Self>> {
        let folder = &config.folder;
        fs::create_dir_all(folder)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::other("another process has it"),
            fs::TryLockError::Error(error) => error,
        })?;
        let mut numbers: Vec<u64> = fs::read_dir(folder)?.filter_map(|entry| number(&entry.ok()?.path())).collect();
        numbers.sort_unstable();
        let spool = Self {
            config: config.clone(),
            segments: Mutex::new(Segments {
                all: VecDeque::new(),
                read: 0,
                tail: None,
                next_nr: numbers.last().map_or(1, |last| last + 1),
            }),
            beacons: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            shares: Shares::new(),
            corrupt: AtomicU64::new(0),
            appended: Notify::new(),
            _lock: lock,
        };
        for nr in numbers {
            spool.look_through(path(folder, nr))?;
        }
        let depth = spool.depth();
        if depth.beacons > 0 || depth.corrupt > 0 {
            tracing::info!(depth.beacons, depth.bytes, depth.corrupt, "beacons of before wait to be stored");
        }
        Ok(Arc::new(spool))
    }

    /// Counts the beacons of a segment, and cuts away what was not written whole.
    fn look_through(&self, path: PathBuf) -> io::Result<()> {
        let bytes = fs::read(&path)?;
        let (mut at, mut beacons) = (0, 0);
        loop {
            match frame::next(&bytes, at) {
                Next::Frame { frame, end } => {
                    beacons += 1;
                    self.shares.enter(Share::of(frame.received.project()), (end - at) as u64);
                    at = end;
                }
                // Counted when it is read.
                Next::Corrupt { end } => at = end,
                Next::End => break,
            }
        }
        if at < bytes.len() {
            tracing::warn!(path = %path.display(), bytes = bytes.len() - at, "the end of a segment was not written whole; cutting it away");
            OpenOptions::new().write(true).open(&path)?.set_len(at as u64)?;
        }
        if at == 0 {
            return fs::remove_file(&path);
        }
        self.beacons.fetch_add(beacons, Ordering::AcqRel);
        self.bytes.fetch_add(at as u64, Ordering::AcqRel);
        self.segments().all.push_back(Segment { path, length: at as u64 });
        Ok(())
    }

    /// Takes beacons in, numbered from `first` on, each as far as there is room. `Ok`: those that are said to be taken are
    /// on disk.
    pub fn append(&self, writer: Uuid, first: i64, beacons: &[Received]) -> io::Result<Vec<Result<(), NoRoom>>> {
        let encode = |(nr, received)| {
            let mut frame = Vec::with_capacity(1_024);
            frame::encode(&mut frame, writer, nr, received).map(|()| frame)
        };
        let frames: Vec<Vec<u8>> =
            (first..).zip(beacons).map(encode).collect::<Result<_, _>>().map_err(io::Error::other)?;
        let mut segments = self.segments();
        let before = self.bytes.load(Ordering::Acquire);
        let (mut bytes, mut entered) = (Vec::with_capacity(beacons.len() * 1_024), Vec::new());
        let mut answers = Vec::with_capacity(beacons.len());
        for (received, frame) in beacons.iter().zip(frames) {
            let (share, length) = (Share::of(received.project()), frame.len() as u64);
            let answer = self.has_room(share, before + bytes.len() as u64, length);
            if answer.is_ok() {
                self.shares.enter(share, length);
                entered.push((share, length));
                bytes.extend(frame);
            }
            answers.push(answer);
        }
        if entered.is_empty() {
            return Ok(answers);
        }
        if let Err(error) = segments.append(&self.config.folder, &bytes) {
            // Another segment next time: what became of this one's end is not known.
            segments.give_up_tail();
            self.leave(&entered);
            return Err(error);
        }
        self.bytes.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        self.beacons.fetch_add(entered.len() as u64, Ordering::AcqRel);
        drop(segments);
        self.appended.notify_one();
        Ok(answers)
    }

    /// Whether there is room for so many bytes of a project, where `taken` are there.
    fn has_room(&self, share: Share, taken: u64, length: u64) -> Result<(), NoRoom> {
        if taken + length > self.config.most_bytes {
            Err(NoRoom::Full)
        } else if self.shares.is_too_much_of(share, taken, self.config.most_bytes) {
            Err(NoRoom::TooMuch)
        } else {
            Ok(())
        }
    }

    /// Whether what is left of the room is for others than this project.
    pub fn is_too_much_of(&self, share: Share) -> bool {
        self.shares.is_too_much_of(share, self.bytes.load(Ordering::Acquire), self.config.most_bytes)
    }

    /// The next beacons, at most so many. The same again until [`Spool::advance`] is told that they are committed.
    pub fn read(&self, most: usize) -> io::Result<Chunk> {
        loop {
            let (path, from, length) = {
                let segments = self.segments();
                let Some(segment) = segments.all.front() else { return Ok(Chunk::default()) };
                (segment.path.clone(), segments.read, segment.length)
            };
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut bytes = Vec::with_capacity((length - from) as usize);
            file.take(length - from).read_to_end(&mut bytes)?;
            let (mut at, mut frames, mut shares) = (0, Vec::new(), Vec::new());
            while frames.len() < most {
                match frame::next(&bytes, at) {
                    Next::Frame { frame, end } => {
                        shares.push((Share::of(frame.received.project()), (end - at) as u64));
                        frames.push(*frame);
                        at = end;
                    }
                    Next::Corrupt { end } => {
                        self.skip(&path, end - at);
                        at = end;
                    }
                    Next::End => {
                        if at < bytes.len() {
                            self.skip(&path, bytes.len() - at);
                            at = bytes.len();
                        }
                        break;
                    }
                }
            }
            let chunk = Chunk { frames, segment: path, end: from + at as u64, shares };
            if chunk.frames.is_empty() && at > 0 {
                // Nothing but damage: on to the next.
                self.advance(&chunk)?;
                continue;
            }
            return Ok(chunk);
        }
    }

    fn skip(&self, path: &Path, bytes: usize) {
        tracing::error!(path = %path.display(), bytes, "a spooled beacon is damaged; skipping it");
        self.corrupt.fetch_add(1, Ordering::AcqRel);
        metrics::counter!("perfally_spool_corrupt_frames_total").increment(1);
    }

    /// Takes out what was read: it is committed.
    pub fn advance(&self, chunk: &Chunk) -> io::Result<()> {
        let mut segments = self.segments();
        let Some(segment) = segments.all.front().filter(|segment| segment.path == chunk.segment) else { return Ok(()) };
        let is_over = chunk.end >= segment.length;
        self.beacons.fetch_sub((chunk.shares.len() as u64).min(self.beacons.load(Ordering::Acquire)), Ordering::AcqRel);
        self.leave(&chunk.shares);
        segments.read = chunk.end;
        if !is_over {
            return Ok(());
        }
        segments.read = 0;
        if segments.all.len() == 1 {
            segments.tail = None;
        }
        if let Some(done) = segments.all.pop_front() {
            self.bytes.fetch_sub(done.length, Ordering::AcqRel);
            fs::remove_file(done.path)?;
        }
        if segments.all.is_empty() {
            // What damage took was counted when it was looked through, if it was whole then.
            self.beacons.store(0, Ordering::Release);
            self.shares.clear();
        }
        Ok(())
    }

    fn leave(&self, beacons: &[(Share, u64)]) {
        for &(share, bytes) in beacons {
            self.shares.leave(share, bytes);
        }
    }

    pub fn depth(&self) -> SpoolDepth {
        SpoolDepth {
            beacons: self.beacons.load(Ordering::Acquire),
            bytes: self.bytes.load(Ordering::Acquire),
            corrupt: self.corrupt.load(Ordering::Acquire),
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.load(Ordering::Acquire) == 0
    }

    /// Ends when something waits.
    pub async fn filled(&self) {
        while self.is_empty() {
            self.appended.notified().await;
        }
    }

    /// A panic elsewhere cannot leave the segments half changed: nothing in them calls out.
    fn segments(&self) -> MutexGuard<'_, Segments> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Segments {
    fn append(&mut self, folder: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.all.back().is_none_or(|tail| tail.length >= SEGMENT) {
            self.tail = None;
        }
        if self.tail.is_none() {
            let path = path(folder, self.next_nr);
            self.next_nr += 1;
            let file = OpenOptions::new().create_new(true).append(true).open(&path)?;
            // The name must outlive a crash as well as the bytes.
            File::open(folder)?.sync_all()?;
            self.tail = Some(file);
            self.all.push_back(Segment { path, length: 0 });
        }
        let (Some(file), Some(segment)) = (&mut self.tail, self.all.back_mut()) else {
            return Err(io::Error::other("no segment to append to"));
        };
        file.write_all(bytes)?;
        file.sync_data()?;
        segment.length += bytes.len() as u64;
        Ok(())
    }

    /// Cuts what was not synced, and appends to it no more. An empty one goes.
    fn give_up_tail(&mut self) {
        if let (Some(file), Some(segment)) = (self.tail.take(), self.all.back()) {
            let _ = file.set_len(segment.length);
            if segment.length == 0
                && let Some(empty) = self.all.pop_back()
            {
                let _ = fs::remove_file(empty.path);
            }
        }
    }
}

fn path(folder: &Path, nr: u64) -> PathBuf {
    folder.join(format!("{nr:020}.spool"))
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_suffix(".spool")?.parse().ok()
}
