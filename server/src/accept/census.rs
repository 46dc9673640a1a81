//! How many connections there are, in all and of each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::Crowd;
use crate::address::ClientAddress;

#[derive(Clone)]
pub struct Census(Arc<Counted>);

struct Counted {
    crowd: Crowd,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why a connection is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Full,
    TooManyOfOne,
}

impl Refusal {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::TooManyOfOne => "address",
        }
    }

    pub const fn answer(self) -> &'static str {
        match self {
            Self::Full => {
                "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\
                 X-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\n\r\n"
            }
            Self::TooManyOfOne => {
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\
                 X-Content-Type-Options: nosniff\r\nAccess-Control-Allow-Origin: *\r\n\r\n"
            }
        }
    }
}

/// One connection's place; given back when it is dropped.
pub struct Place {
    census: Census,
    subject: Option<IpAddr>,
}

impl Census {
    pub fn new(crowd: Crowd) -> Self {
        Self(Arc::new(Counted { crowd, counts: Mutex::default() }))
    }

    pub fn admit(&self, address: IpAddr) -> Result<Place, Refusal> {
        let crowd = &self.0.crowd;
        let address = address.to_canonical();
        let counted_by_address = !crowd.proxies.iter().any(|proxy| proxy.contains(address));
        let subject = counted_by_address.then(|| ClientAddress(address).subject());
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= crowd.all {
            return Err(Refusal::Full);
        }
        if let (Some(subject), Some(limit)) = (subject, crowd.per_address) {
            let count = counts.by_address.entry(subject).or_default();
            if *count >= limit {
                return Err(Refusal::TooManyOfOne);
            }
            *count += 1;
        }
        counts.all += 1;
        metrics::gauge!("perfally_connections").set(counts.all as f64);
        Ok(Place { census: self.clone(), subject })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.census.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        metrics::gauge!("perfally_connections").set(counts.all as f64);
        if let Some(subject) = self.subject
            && let Some(count) = counts.by_address.get_mut(&subject)
        {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(all: usize, per_address: Option<usize>) -> Census {
        Census::new(Crowd { all, per_address, proxies: vec!["10.0.0.0/8".parse().unwrap()] })
    }

    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let census = census(10, Some(2));
        let one: IpAddr = "198.51.100.1".parse().unwrap();
        let first = census.admit(one).unwrap();
        let _second = census.admit(one).unwrap();
        assert_eq!(census.admit(one).err(), Some(Refusal::TooManyOfOne));
        assert!(census.admit("198.51.100.2".parse().unwrap()).is_ok());
        drop(first);
        assert!(census.admit(one).is_ok());
    }

    #[test]
    fn all_together_are_bounded_and_a_proxy_counts_only_there() {
        let census = census(3, Some(1));
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let places: Vec<Place> = (0..3).map(|_| census.admit(proxy).unwrap()).collect();
        assert_eq!(census.admit(proxy).err(), Some(Refusal::Full));
        drop(places);
        assert_eq!(census.0.counts.lock().unwrap().all, 0);
        assert!(census.0.counts.lock().unwrap().by_address.is_empty());
    }
}
