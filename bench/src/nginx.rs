//! The reference of ingestion: nginx that answers 204 and does nothing else.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{Result, folder::Folder, processes};

/// What is said where it is not installed.
pub const MISSING: &str = "nginx is not installed, and without a reference the figure means nothing (Debian, Ubuntu: apt-get install nginx-light)";

pub struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: Folder,
}

impl Nginx {
    /// `None` where nginx is not installed.
    pub fn start() -> Result<Option<Self>> {
        let folder = Folder::new("nginx")?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let place = folder.path().display();
        // As patient with connections as we are, so that neither pays for new ones.
        let config = format!(
            "worker_processes {};\ndaemon off;\npid {place}/nginx.pid;\nerror_log {place}/error.log;\n\
             events {{ worker_connections 4096; }}\n\
             http {{\n access_log off;\n keepalive_requests 1000000000;\n client_body_temp_path {place}/body;\n proxy_temp_path {place}/proxy;\n\
             fastcgi_temp_path {place}/fastcgi;\n uwsgi_temp_path {place}/uwsgi;\n scgi_temp_path {place}/scgi;\n\
             server {{ listen {address}; location / {{ return 204; }} }}\n}}\n",
            processes::cores()
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, config)?;
        let started = ["nginx", "/usr/sbin/nginx"].into_iter().find_map(|program| {
            let errors = fs::File::create(folder.path().join("stderr")).ok()?;
            Command::new(program)
                .arg("-c")
                .arg(&file)
                .arg("-p")
                .arg(folder.path())
                .stdin(Stdio::null())
                .stderr(errors)
                .spawn()
                .ok()
        });
        let Some(child) = started else { return Ok(None) };
        let nginx = Self { child, address, _folder: folder };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > Duration::from_secs(5) {
                let words = fs::read_to_string(nginx._folder.path().join("stderr")).unwrap_or_default();
                return Err(format!("nginx did not start: {words}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(nginx))
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn cpu_seconds(&self) -> f64 {
        processes::cpu_seconds(&[self.child.id()])
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it when it is asked, not when it is killed.
        let _ = crate::subject::signal(self.child.id(), rustix::process::Signal::TERM);
        let began = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if began.elapsed() > Duration::from_secs(5) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
