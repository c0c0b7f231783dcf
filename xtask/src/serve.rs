//! A static file server for dist/, on this machine only: right MIME types, nothing cached, and the headers
//! that let a page share memory between threads.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::args::Args;
use crate::{Outcome, build, paths, ui};

pub const HELP: &str = "\
Builds what is out of date, serves dist/ and prints the address. Ctrl-C ends it.

  --port N      the port (default 8080); 0 takes a free one
  --dev         a quick, less optimised build
  --release     the build that is published (the default)
  --no-threads, --no-gpu  without those modules, as for `build`
  --no-build    serve dist/ as it is
";

const DEFAULT_PORT: u16 = 8080;
/// A connection that says nothing for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

pub fn command(mut args: Args) -> Outcome {
    let port = match args.value("--port")? {
        None => DEFAULT_PORT,
        Some(n) => n.parse().map_err(|_| format!("--port {n}: a port is a number from 0 to 65535"))?,
    };
    let skip_build = args.switch("--no-build");
    let options = build::Options::take(&mut args)?;
    args.finish()?;
    // First of all the port: nobody should wait for a build to hear that it is taken.
    let listener = listen(port)?;
    if !skip_build {
        build::build(options)?;
    }
    let folder = paths::dist();
    if !folder.join("index.html").is_file() {
        return Err("dist/index.html is missing; run `cargo xtask build`".to_owned());
    }
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    println!("http://127.0.0.1:{port}/");
    let _ = std::io::stdout().flush();
    ui::line("Serving", "dist/ on this machine; Ctrl-C ends it");
    for stream in listener.incoming().flatten() {
        let folder = folder.clone();
        std::thread::spawn(move || {
            // A browser that goes away in the middle is no error of ours.
            let _ = converse(&stream, &folder);
        });
    }
    Ok(())
}

fn listen(port: u16) -> Outcome<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => {
            format!("port {port} is taken; choose another with --port N, or --port 0 for any free one")
        }
        _ => format!("cannot listen on port {port}: {e}"),
    })
}

/// Answers one connection's requests until it closes.
fn converse(stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(IDLE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut stream = stream;
    while let Some(request) = read_request(&mut reader)? {
        let reply = answer(&request, folder);
        stream.write_all(&reply.head(request.keep_alive))?;
        if request.method != "HEAD" {
            stream.write_all(&reply.body)?;
        }
        if !request.keep_alive {
            break;
        }
    }
    Ok(())
}

struct Request {
    method: String,
    target: String,
    keep_alive: bool,
}

/// The next request's line, its headers read past; `None` at the end of the connection or for what is not HTTP.
fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut reader = reader.take(64 * 1024);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Ok(None);
    };
    let mut request =
        Request { method: method.to_owned(), target: target.to_owned(), keep_alive: version == "HTTP/1.1" };
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 {
            return Ok(None);
        }
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            return Ok(Some(request));
        }
        // Bodies are not read, so the connection cannot go on after one.
        if header == "connection: close"
            || header.starts_with("content-length:")
            || header.starts_with("transfer-encoding:")
        {
            request.keep_alive = false;
        }
    }
}

struct Reply {
    status: &'static str,
    mime: &'static str,
    body: Vec<u8>,
}

impl Reply {
    fn text(status: &'static str) -> Self {
        Self { status, mime: "text/plain; charset=utf-8", body: format!("{status}\n").into_bytes() }
    }

    fn head(&self, keep_alive: bool) -> Vec<u8> {
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: {}\r\nCache-Control: no-cache\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Embedder-Policy: require-corp\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nX-Content-Type-Options: nosniff\r\n\r\n",
            self.status,
            self.mime,
            self.body.len(),
            if keep_alive { "keep-alive" } else { "close" },
        )
        .into_bytes()
    }
}

fn answer(request: &Request, folder: &Path) -> Reply {
    if request.method != "GET" && request.method != "HEAD" {
        return Reply::text("405 Method Not Allowed");
    }
    let Some(path) = file_for(&request.target, folder) else {
        return Reply::text("404 Not Found");
    };
    match fs::read(&path) {
        Ok(body) => Reply { status: "200 OK", mime: mime(&path), body },
        Err(_) => Reply::text("404 Not Found"),
    }
}

/// The file a request names, a folder's `index.html` for a folder; `None` for anything outside `folder`.
fn file_for(target: &str, folder: &Path) -> Option<PathBuf> {
    let path = percent_decoded(target.split(['?', '#']).next()?)?;
    let mut file = folder.to_owned();
    for part in path.strip_prefix('/')?.split('/') {
        match part {
            "" | "." => {}
            // Not only `..`: backslashes and drive letters are separators on Windows.
            _ if part == ".." || part.contains(['\\', ':', '\0']) => return None,
            _ => file.push(part),
        }
    }
    if file.is_dir() {
        file.push("index.html");
    }
    // Links out of the folder do not count as inside it.
    file.canonicalize().ok()?.starts_with(folder.canonicalize().ok()?).then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "md" | "tsv" | "dat" => "text/plain; charset=utf-8",
        // .npy, .safetensors, .inter and other data: bytes, to be read as such.
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("warren-serve-{}-{name}", std::process::id()));
        fs::create_dir_all(dir.join("site/a b")).unwrap();
        fs::write(dir.join("secret.txt"), "secret").unwrap();
        fs::write(dir.join("site/index.html"), "<p>home</p>").unwrap();
        fs::write(dir.join("site/a b/x.wasm"), "wasm").unwrap();
        dir
    }

    #[test]
    fn knows_the_types_that_browsers_insist_on() {
        assert_eq!(mime(Path::new("a/warren_bg.wasm")), "application/wasm");
        assert_eq!(mime(Path::new("worker.js")), "text/javascript; charset=utf-8");
        assert_eq!(mime(Path::new("x.mjs")), "text/javascript; charset=utf-8");
        assert_eq!(mime(Path::new("style.css")), "text/css; charset=utf-8");
        assert_eq!(mime(Path::new("icon.svg")), "image/svg+xml");
        assert_eq!(mime(Path::new("embedding.npy")), "application/octet-stream");
    }

    #[test]
    fn serves_only_what_lies_in_the_folder() {
        let dir = folder("inside");
        let site = dir.join("site");
        assert_eq!(file_for("/", &site), Some(site.join("index.html")));
        assert_eq!(file_for("/a%20b/x.wasm?v=1", &site), Some(site.join("a b/x.wasm")));
        for outside in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/a%20b/../../secret.txt",
            "/..\\secret.txt",
            "secret.txt",
            "/%",
            "/%00",
        ] {
            assert_eq!(file_for(outside, &site), None, "{outside}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.join("secret.txt"), site.join("link.txt")).unwrap();
            assert_eq!(file_for("/link.txt", &site), None);
        }
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn answers_over_one_connection_with_the_isolation_headers() {
        let dir = folder("http");
        let site = dir.join("site");
        let listener = listen(0).unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(listen(port).unwrap_err().contains("--port"));
        let server = std::thread::spawn(move || converse(&listener.accept().unwrap().0, &site));
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let requests = "GET / HTTP/1.1\r\n\r\nPUT / HTTP/1.1\r\n\r\nHEAD /a%20b/x.wasm HTTP/1.1\r\n\r\n\
                        GET /none HTTP/1.1\r\nConnection: close\r\n\r\n";
        client.write_all(requests.as_bytes()).unwrap();
        let mut replies = String::new();
        client.read_to_string(&mut replies).unwrap();
        server.join().unwrap().unwrap();
        let statuses: Vec<_> = replies.lines().filter_map(|l| l.strip_prefix("HTTP/1.1 ")).collect();
        assert!(replies.contains("<p>home</p>"));
        assert_eq!(replies.matches("Cross-Origin-Embedder-Policy: require-corp").count(), 4);
        assert_eq!(replies.matches("Content-Type: application/wasm\r\nContent-Length: 4\r\n").count(), 1);
        assert!(!statuses.is_empty() && statuses[0] == "200 OK");
        for status in ["405 Method Not Allowed", "404 Not Found"] {
            assert!(replies.contains(&format!("HTTP/1.1 {status}")), "{status}");
        }
        fs::remove_dir_all(dir).unwrap();
    }
}
