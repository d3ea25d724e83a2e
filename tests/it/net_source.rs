//! Any descriptor as a source, the look-up of names, and what both say outside of a runtime.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_lite::future::poll_once;
use tourbillon::net::{Source, TcpListener, TcpStream, UdpSocket, UnixStream, lookup_host};
use tourbillon::{block_on, internals, spawn, yield_now};

use crate::net::loopback;

#[test]
fn any_number_of_tasks_wait_until_one_descriptor_is_readable() {
    block_on(async {
        let (ours, mut theirs) = StdUnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let source = Arc::new(Source::new(ours).unwrap());
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                let source = source.clone();
                spawn(async move { source.readable().await })
            })
            .collect();
        yield_now().await;
        assert!(
            waiting.iter().all(|task| !task.is_finished()),
            "nothing can be read yet"
        );
        theirs.write_all(b"!").unwrap();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
    });
}

#[test]
fn a_pipe_whose_writer_is_gone_is_readable() {
    block_on(async {
        let (writer, reader) = mio::unix::pipe::new().unwrap();
        let source = Source::new(reader).unwrap();
        assert!(poll_once(source.readable()).await.is_none());
        drop(writer);
        source.readable().await.unwrap();
    });
}

#[test]
fn a_source_is_not_called_ready_before_the_system_says_so() {
    block_on(async {
        let (ours, mut theirs) = StdUnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let source = Source::new(ours).unwrap();
        assert!(poll_once(source.readable()).await.is_none());
        source.writable().await.unwrap();
        assert_eq!(
            source
                .try_write_with(|mut it| it.write(b"to them"))
                .unwrap(),
            7
        );

        theirs.write_all(b"to us").unwrap();
        let mut heard = [0; 100];
        assert_eq!(
            source
                .read_with(|mut it| it.read(&mut heard))
                .await
                .unwrap(),
            5
        );
        let error = source
            .try_read_with(|mut it| it.read(&mut heard))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        assert!(
            poll_once(source.readable()).await.is_none(),
            "readiness is stale"
        );
        assert_eq!(source.write_with(|mut it| it.write(b"!")).await.unwrap(), 1);
    });
}

#[test]
fn what_cannot_be_watched_is_an_error_and_leaves_no_entry() {
    block_on(async {
        let file = std::fs::File::open("Cargo.toml").unwrap();
        let error = Source::new(file).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("spawn_blocking"), "{error}");

        let (ours, _theirs) = StdUnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let first = Source::new(&ours).unwrap();
        let error = Source::new(&ours).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(internals::reactor().len(), 1);
        drop(first);
        Source::new(&ours).unwrap();
    });
}

#[test]
fn a_socket_outside_a_runtime_panics_and_names_the_fix() {
    fn assert_refused<T>(caller: &str, open: impl Future<Output = T>) {
        let open = AssertUnwindSafe(|| drop(futures_lite::future::block_on(open)));
        let panic = catch_unwind(open).unwrap_err();
        let said = panic
            .downcast::<String>()
            .expect("a message with a name in it");
        let fix = "outside of a tourbillon runtime: call it inside tourbillon::block_on(";
        assert!(said.starts_with(caller) && said.contains(fix), "{said}");
    }
    assert_refused("TcpStream::connect", TcpStream::connect(loopback()));
    assert_refused("TcpListener::bind", TcpListener::bind(loopback()));
    assert_refused("UdpSocket::bind", UdpSocket::bind(loopback()));
    assert_refused("UnixStream::pair", async { UnixStream::pair() });
    assert_refused("Source::new", async { Source::new(std::io::stdin()) });
}

#[test]
fn an_address_needs_no_look_up_and_a_bad_name_is_an_error() {
    block_on(async {
        let literal = poll_once(lookup_host("::1", 80))
            .await
            .expect("no look-up")
            .unwrap();
        assert_eq!(literal, ["[::1]:80".parse().unwrap()]);
        let local = lookup_host("localhost", 80).await.unwrap();
        assert!(
            local
                .iter()
                .all(|it| it.ip().is_loopback() && it.port() == 80)
        );
        lookup_host("no\0name", 80).await.unwrap_err();
    });
}
