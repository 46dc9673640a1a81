//! A bounded memory of what was looked up by key.
//!
//! Two halves: what is used moves to the young one; when that is full, the old one goes and the
//! young takes its place. So what nobody asks for disappears, and no flood of keys that nobody
//! asks for twice grows it.

use std::{
    collections::HashMap,
    mem,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Entries of one half.
const MOST_ENTRIES: usize = 10_000;

/// Sizes of one half's entries together, bytes.
const MOST_BYTES: usize = 32 << 20;

pub(super) struct Memory<T> {
    halves: RwLock<Halves<T>>,
}

struct Halves<T> {
    young: HashMap<Box<str>, Entry<T>>,
    old: HashMap<Box<str>, Entry<T>>,
    young_bytes: usize,
}

struct Entry<T> {
    value: T,
    bytes: usize,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { halves: RwLock::new(Halves { young: HashMap::new(), old: HashMap::new(), young_bytes: 0 }) }
    }
}

impl<T: Clone> Memory<T> {
    pub fn get(&self, key: &str) -> Option<T> {
        {
            let halves = self.read();
            if let Some(entry) = halves.young.get(key) {
                return Some(entry.value.clone());
            }
            if !halves.old.contains_key(key) {
                return None;
            }
        }
        let mut halves = self.write();
        let (key, entry) = halves.old.remove_entry(key)?;
        let value = entry.value.clone();
        halves.insert(key, entry);
        Some(value)
    }

    /// Remembers a value that takes `bytes`, if `still_true` says so; no [`Memory::retain`] comes
    /// between the question and the insertion.
    pub fn insert_if(&self, key: &str, value: T, bytes: usize, still_true: impl FnOnce() -> bool) {
        let mut halves = self.write();
        if still_true() {
            halves.old.remove(key);
            halves.insert(key.into(), Entry { value, bytes: bytes + key.len() + 100 });
        }
    }

    pub fn retain(&self, keep: impl Fn(&T) -> bool) {
        let mut halves = self.write();
        let Halves { young, old, young_bytes } = &mut *halves;
        old.retain(|_, entry| keep(&entry.value));
        young.retain(|_, entry| {
            let stays = keep(&entry.value);
            if !stays {
                *young_bytes -= entry.bytes;
            }
            stays
        });
    }

    /// A panic elsewhere cannot leave the halves half changed: nothing in them calls out.
    fn read(&self) -> RwLockReadGuard<'_, Halves<T>> {
        self.halves.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Halves<T>> {
        self.halves.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Halves<T> {
    fn insert(&mut self, key: Box<str>, entry: Entry<T>) {
        if self.young.len() >= MOST_ENTRIES || self.young_bytes + entry.bytes > MOST_BYTES {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += entry.bytes;
        if let Some(replaced) = self.young.insert(key, entry) {
            self.young_bytes -= replaced.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_outlives_a_flood_of_what_is_not() {
        let memory = Memory::default();
        memory.insert_if("asked", 7, 0, || true);
        for n in 0..10 * MOST_ENTRIES {
            memory.insert_if(&format!("made up {n}"), 0, 0, || true);
            if n % 1_000 == 0 {
                assert_eq!(memory.get("asked"), Some(7), "after {n}");
            }
        }
        let halves = memory.read();
        assert!(halves.young.len() + halves.old.len() <= 2 * MOST_ENTRIES);
    }

    #[test]
    fn large_entries_are_bounded_by_their_bytes() {
        let memory = Memory::default();
        for n in 0..100 {
            memory.insert_if(&format!("large {n}"), n, MOST_BYTES / 4, || true);
            let halves = memory.read();
            assert!(halves.young.len() + halves.old.len() <= 8);
            assert_eq!(halves.young_bytes, halves.young.values().map(|entry| entry.bytes).sum::<usize>());
        }
    }

    #[test]
    fn what_changed_is_gone_from_both_halves() {
        let memory = Memory::default();
        for n in 0..MOST_ENTRIES + 5 {
            memory.insert_if(&format!("key {n}"), n % 2, 0, || true);
        }
        memory.retain(|odd| *odd == 1);
        assert_eq!(memory.get("key 0"), None);
        assert_eq!(memory.get("key 1"), Some(1));
        assert_eq!(memory.get(&format!("key {}", MOST_ENTRIES)), None);
        memory.insert_if("late", 1, 0, || false);
        assert_eq!(memory.get("late"), None);
    }
}
