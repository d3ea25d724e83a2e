//! Sockets at their edges: what a peer, the system or a careless caller can do to them.

use std::io::{self, ErrorKind, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Command;

use futures_lite::future::poll_once;
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use tourbillon::net::{Source, TcpListener, TcpStream, UnixListener, UnixStream};
use tourbillon::task::WaitsFor;
use tourbillon::{block_on, internals, spawn, yield_now};

use crate::net::{connection, loopback};
use crate::system;

/// Lets the loop look at the system once at least.
pub(crate) async fn one_look() {
    let (ours, mut theirs) = StdUnixStream::pair().unwrap();
    theirs.write_all(b"!").unwrap();
    ours.set_nonblocking(true).unwrap();
    Source::new(ours).unwrap().readable().await.unwrap();
}

#[test]
fn an_urgent_byte_hides_nothing_that_comes_after_it() {
    block_on(async {
        let (client, server) = connection().await;
        one_look().await;
        client.write_all(b"before").await.unwrap();
        system::send_urgent(&client).unwrap();
        client.write_all(b"after").await.unwrap();
        one_look().await;

        // The first read stops short at the urgent byte, and no event will tell of the rest.
        let mut heard = [0; 100];
        assert_eq!(server.read(&mut heard).await.unwrap(), 6);
        assert_eq!(server.read(&mut heard).await.unwrap(), 5);
        assert_eq!(&heard[..5], b"after");
    });
}

#[test]
fn a_short_read_of_a_unix_stream_hides_nothing_that_comes_after_it() {
    block_on(async {
        let (ours, theirs) = UnixStream::pair().unwrap();
        one_look().await;
        system::send_with_descriptor(&theirs, b"before").unwrap();
        theirs.write_all(b"after").await.unwrap();
        one_look().await;

        let mut heard = [0; 100];
        assert_eq!(ours.read(&mut heard).await.unwrap(), 6);
        assert_eq!(ours.read(&mut heard).await.unwrap(), 5);
        assert_eq!(&heard[..5], b"after");
    });
}

#[test]
fn a_peek_takes_nothing_and_forgets_nothing() {
    block_on(async {
        let (client, server) = connection().await;
        client.write_all(b"hello").await.unwrap();
        let mut heard = [0; 100];
        assert_eq!(server.peek(&mut heard).await.unwrap(), 5);
        assert_eq!(server.peek(&mut heard).await.unwrap(), 5);
        assert_eq!(server.read(&mut heard).await.unwrap(), 5);
        assert_eq!(&heard[..5], b"hello");
        assert!(poll_once(server.peek(&mut heard)).await.is_none());
    });
}

#[test]
fn an_empty_buffer_is_done_at_once() {
    block_on(async {
        let (client, _server) = connection().await;
        assert_eq!(client.read(&mut []).await.unwrap(), 0);
        assert_eq!(client.peek(&mut []).await.unwrap(), 0);
        assert_eq!(client.write(&[]).await.unwrap(), 0);
        client.read_exact(&mut []).await.unwrap();
        client.write_all(&[]).await.unwrap();
        assert_eq!(client.read(&mut []).await.unwrap(), 0);
    });
}

#[test]
fn a_read_that_wants_more_than_comes_says_unexpected_eof() {
    block_on(async {
        let (client, server) = connection().await;
        client.write_all(b"abc").await.unwrap();
        drop(client);
        let error = server.read_exact(&mut [0; 4]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn shutting_down_wakes_the_task_that_waits_on_a_clone() {
    block_on(async {
        let (client, _server) = connection().await;
        let reader = spawn({
            let stream = client.clone();
            async move { stream.read(&mut [0; 8]).await }
        });
        let writer = spawn({
            let stream = client.clone();
            async move { stream.write_all(&vec![0; 64 << 20]).await }
        });
        one_look().await;
        assert!(!reader.is_finished() && !writer.is_finished());
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 0);
        assert_eq!(
            writer.await.unwrap().unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
    });
}

#[test]
fn shutting_down_a_unix_stream_wakes_the_task_that_waits_on_a_clone() {
    block_on(async {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let reader = spawn({
            let stream = ours.clone();
            async move { stream.read(&mut [0; 8]).await }
        });
        let writer = spawn({
            let stream = ours.clone();
            async move { stream.write_all(&vec![0; 64 << 20]).await }
        });
        one_look().await;
        assert!(!reader.is_finished() && !writer.is_finished());
        ours.shutdown(Shutdown::Write).unwrap();
        assert_eq!(
            writer.await.unwrap().unwrap_err().kind(),
            ErrorKind::BrokenPipe
        );
        ours.shutdown(Shutdown::Read).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn closing_by_the_traits_ends_the_writing_once_and_bears_a_peer_that_is_gone() {
    block_on(async {
        let (mut client, server) = connection().await;
        client.close().await.unwrap();
        client.close().await.unwrap();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 0);
        drop(server);
        assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
        client.close().await.unwrap();
    });
}

#[test]
fn a_write_to_a_peer_that_is_gone_is_an_error() {
    block_on(async {
        let (client, server) = connection().await;
        client.write_all(b"never read").await.unwrap();
        drop(server);
        one_look().await;
        let error = client.write_all(&vec![0; 1 << 20]).await.unwrap_err();
        assert!(matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ));
    });
}

#[test]
fn a_peer_that_stops_sending_does_not_make_a_full_writer_spin() {
    block_on(async {
        let (client, server) = connection().await;
        while poll_once(client.write(&[0; 1 << 16])).await.is_some() {}
        server.shutdown(Shutdown::Write).unwrap();
        one_look().await;

        // Polled by hand, as a task: the half-close must leave the writer asleep.
        let mut write = Box::pin(client.write(b"more"));
        assert!(poll_once(&mut write).await.is_none());
        one_look().await;
        assert!(
            internals::reactor().is_waited_for(),
            "the half-close woke the writer"
        );
        drop(write);
        assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn a_duplicate_of_a_closed_socket_brings_no_stray_event() {
    block_on(async {
        let (client, server) = connection().await;
        let duplicate = std::os::fd::AsFd::as_fd(&server)
            .try_clone_to_owned()
            .unwrap();
        drop(server);
        // The number of the closed descriptor is free for these.
        let (other_client, other_server) = connection().await;
        client.write_all(b"for the duplicate").await.unwrap();
        let mut buf = [0; 8];
        let mut read = Box::pin(other_server.read(&mut buf));
        assert!(poll_once(&mut read).await.is_none());
        one_look().await;
        assert!(
            internals::reactor().is_waited_for(),
            "an event of the duplicate woke a stranger"
        );

        other_client.write_all(b"hello").await.unwrap();
        assert_eq!(read.await.unwrap(), 5);
        let adopted = TcpStream::from_std(duplicate.into()).unwrap();
        assert_eq!(adopted.read(&mut [0; 100]).await.unwrap(), 17);
    });
}

#[test]
fn a_unix_peer_with_the_longest_of_paths_is_accepted() {
    let name = |length: usize| {
        let mut path = format!("/tmp/tourbillon-{}-", std::process::id());
        path.extend(std::iter::repeat_n('x', length - path.len()));
        PathBuf::from(path)
    };
    let (home, longest) = (name(60), name(108));
    block_on(async {
        let listener = UnixListener::bind(&home).await.unwrap();
        let _peer = system::connect_unix(&longest, &home).unwrap();
        let (_stream, address) = listener.accept().await.unwrap();
        assert_eq!(address.as_pathname(), Some(longest.as_path()));
    });
    std::fs::remove_file(home).unwrap();
    std::fs::remove_file(longest).unwrap();
}

/// Set in the process in which the limit on open files is lowered; it would disturb every other
/// test.
const CHILD: &str = "TOURBILLON_TEST_FEW_FILES";

#[test]
fn a_listener_without_files_to_give_says_so_and_serves_again_later() {
    if std::env::var_os(CHILD).is_some() {
        return with_few_files();
    }
    let test = "net_edges::a_listener_without_files_to_give_says_so_and_serves_again_later";
    let myself = std::env::current_exe().unwrap();
    let child = Command::new(myself)
        .args(["--exact", test])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

fn with_few_files() {
    system::forbid_open_files_beyond(64).unwrap();
    block_on(async {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client.write_all(b"patience").await.unwrap();
        let mut fillers = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            fillers.push(file);
        }
        for _ in 0..3 {
            let error = listener.accept().await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
            yield_now().await;
        }
        drop(fillers);
        let (server, _) = listener.accept().await.unwrap();
        let mut heard = [0; 8];
        server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"patience");
    });
}

#[test]
fn an_accept_passes_over_dead_connections_but_not_for_ever() {
    let failing = |codes: Vec<i32>| {
        let mut codes = codes.into_iter();
        internals::accept_living(|| match codes.next() {
            Some(code) => Err(io::Error::from_raw_os_error(code)),
            None => Ok("alive"),
        })
    };
    let dead = [libc::ECONNABORTED, libc::EPROTO, libc::EHOSTUNREACH];
    assert_eq!(failing(dead.to_vec()).unwrap(), "alive");
    let error = failing(vec![libc::ECONNABORTED; 1000]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionAborted);
    for ours in [
        libc::EMFILE,
        libc::ENFILE,
        libc::ENOBUFS,
        libc::ENOMEM,
        libc::EAGAIN,
    ] {
        let error = failing(vec![libc::ECONNABORTED, ours]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(ours));
    }
}

#[test]
fn the_traits_of_a_shared_stream_read_and_write() {
    block_on(async {
        let (client, server) = connection().await;
        let mut writer = &client;
        writer.write_all(b"by reference").await.unwrap();
        writer.flush().await.unwrap();
        writer.close().await.unwrap();
        let mut heard = String::new();
        Pin::new(&mut &server)
            .read_to_string(&mut heard)
            .await
            .unwrap();
        assert_eq!(heard, "by reference");
    });
}

#[test]
fn a_stream_that_is_always_ready_does_not_starve_the_other_tasks() {
    block_on(async {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let busy = spawn(async move {
            for _ in 0..10_000 {
                ours.write_all(b"!").await.unwrap();
                theirs.read_exact(&mut [0]).await.unwrap();
            }
        });
        let mut turns = 0;
        while !busy.is_finished() {
            turns += 1;
            yield_now().await;
        }
        // 20,000 operations, of which one poll may complete 128.
        assert!(turns >= 156, "the others had {turns} turns");
        busy.await.unwrap();
    });
}

#[test]
fn a_task_that_waits_for_a_socket_says_in_which_direction() {
    block_on(async {
        let (listening, _silent) = connection().await;
        let (talking, _deaf) = connection().await;
        let reader = spawn(async move { listening.read(&mut [0; 8]).await });
        let writer = spawn(async move { talking.write_all(&vec![0; 64 << 20]).await });
        one_look().await;
        let waits: Vec<_> = tourbillon::tasks()
            .iter()
            .map(|task| task.waits_for)
            .collect();
        assert_eq!(waits, [WaitsFor::Readable, WaitsFor::Writable]);
        drop((reader, writer));
    });
}
