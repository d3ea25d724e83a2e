//! Sockets as a program uses them: every promise of `net` on loopback, with real connections.

use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use futures_lite::AsyncReadExt;
use futures_lite::future::poll_once;
use tourbillon::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use tourbillon::{block_on, internals, spawn, yield_now};

use crate::system;

pub(crate) fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// Both ends of a fresh connection: the one that connected, and the one that was accepted.
pub(crate) async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(loopback()).await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (client, server)
}

/// A path for a socket of this process and of `test` alone, with nothing at it.
fn socket_path(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tourbillon-{}-{test}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

/// Bytes in which a lost, doubled or misplaced piece shows.
fn pattern(length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
        .collect()
}

#[test]
fn an_echo_server_gives_back_what_many_clients_send() {
    block_on(async {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                spawn(async move { futures_lite::io::copy(&stream, &stream).await }).detach();
            }
        });
        let clients: Vec<_> = (0..20)
            .map(|client| {
                spawn(async move {
                    let stream = TcpStream::connect(address).await.unwrap();
                    let said = pattern(1000 + client);
                    stream.write_all(&said).await.unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    let mut heard = Vec::new();
                    (&stream).read_to_end(&mut heard).await.unwrap();
                    assert_eq!(heard, said);
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        drop(server);
    });
}

#[test]
fn two_tasks_share_a_stream_one_reading_and_one_writing() {
    block_on(async {
        let (client, server) = connection().await;
        let length = 1 << 20;
        let echo = spawn(async move { futures_lite::io::copy(&server, &server).await.unwrap() });
        let writer = spawn({
            let stream = client.clone();
            async move { stream.write_all(&pattern(length)).await }
        });
        let mut heard = vec![0; length];
        client.read_exact(&mut heard).await.unwrap();
        writer.await.unwrap().unwrap();
        drop(client);
        assert_eq!(echo.await.unwrap(), length as u64);
        assert!(heard == pattern(length), "the bytes came back changed");
    });
}

#[test]
fn any_number_of_tasks_accept_from_one_listener() {
    block_on(async {
        let listener = Arc::new(TcpListener::bind(loopback()).await.unwrap());
        let address = listener.local_addr().unwrap();
        let accepting: Vec<_> = (0..50)
            .map(|_| {
                let listener = listener.clone();
                spawn(async move { listener.accept().await.unwrap().1 })
            })
            .collect();
        yield_now().await;
        let mut clients = Vec::new();
        for _ in 0..50 {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        let mut accepted = Vec::new();
        for task in accepting {
            accepted.push(task.await.unwrap());
        }
        let mut connected: Vec<_> = clients.iter().map(|it| it.local_addr().unwrap()).collect();
        accepted.sort();
        connected.sort();
        assert_eq!(accepted, connected);
    });
}

#[test]
fn a_stream_whose_peer_stopped_sending_reads_zero_and_can_still_be_written() {
    block_on(async {
        let (client, server) = connection().await;
        client.write_all(b"last words").await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();

        let mut heard = [0; 100];
        assert_eq!(server.read(&mut heard).await.unwrap(), 10);
        assert_eq!(server.read(&mut heard).await.unwrap(), 0);
        assert_eq!(server.read(&mut heard).await.unwrap(), 0);
        server.write_all(b"answer").await.unwrap();
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer");
    });
}

#[test]
fn the_end_is_read_also_when_it_comes_after_the_wait_began() {
    block_on(async {
        let (client, server) = connection().await;
        let reader = spawn(async move {
            let mut heard = Vec::new();
            (&server).read_to_end(&mut heard).await.unwrap();
            heard
        });
        yield_now().await;
        client.write_all(b"one").await.unwrap();
        yield_now().await;
        client.write_all(b"two").await.unwrap();
        drop(client);
        assert_eq!(reader.await.unwrap(), b"onetwo");
    });
}

#[test]
fn a_connection_that_nobody_listens_for_is_refused() {
    block_on(async {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(
            internals::reactor().len(),
            0,
            "the refused socket is still registered"
        );
    });
}

#[test]
fn ten_megabytes_survive_short_writes_to_a_slow_reader() {
    block_on(async {
        let (client, server) = connection().await;
        let length = 10_000_000;
        let writer = spawn(async move {
            let mut rest = &pattern(length)[..];
            let mut short = 0;
            while !rest.is_empty() {
                let count = client.write(rest).await.unwrap();
                short += usize::from(count < rest.len());
                rest = &rest[count..];
            }
            short
        });
        let mut heard = Vec::with_capacity(length);
        let mut some = vec![0; 50_000];
        loop {
            yield_now().await;
            let count = server.read(&mut some).await.unwrap();
            if count == 0 {
                break;
            }
            heard.extend_from_slice(&some[..count]);
        }
        assert!(
            writer.await.unwrap() > 1,
            "no write was short: the test shows nothing"
        );
        assert!(heard == pattern(length), "the bytes arrived changed");
    });
}

#[test]
fn a_socket_that_outlives_its_loop_says_so_and_closes_as_ever() {
    let (client, server) = block_on(connection());
    block_on(async {
        let error = client.read(&mut [0; 8]).await.unwrap_err();
        assert!(error.to_string().contains("is gone"), "{error}");
        let error = client.write(b"hello").await.unwrap_err();
        assert!(error.to_string().contains("is gone"), "{error}");
        drop(client);

        let server = TcpStream::from_std(adopt(&server)).unwrap();
        assert_eq!(
            server.read(&mut [0; 8]).await.unwrap(),
            0,
            "the dropped socket is still open"
        );
    });
}

/// Another descriptor for the same connection.
fn adopt(stream: &TcpStream) -> std::net::TcpStream {
    use std::os::fd::AsFd;
    stream.as_fd().try_clone_to_owned().unwrap().into()
}

#[test]
fn a_task_of_another_executor_is_woken_when_the_loop_ends() {
    let waiting = block_on(async {
        let (client, server) = connection().await;
        let (about_to_wait, waits) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            futures_lite::future::block_on(async {
                let mut buf = [0; 8];
                let mut read = Box::pin(server.read(&mut buf));
                assert!(poll_once(&mut read).await.is_none());
                about_to_wait.send(()).unwrap();
                read.await
            })
        });
        waits.recv().unwrap();
        (thread, client)
    });
    let (thread, client) = waiting;
    let error = thread.join().unwrap().unwrap_err();
    assert!(error.to_string().contains("is gone"), "{error}");
    drop(client);
}

#[test]
fn a_wait_that_is_dropped_leaves_nothing_behind() {
    block_on(async {
        let (client, server) = connection().await;
        let mut buf = [0; 8];
        assert!(poll_once(server.read(&mut buf)).await.is_none());
        assert!(!internals::reactor().is_waited_for());
        client.write_all(b"kept").await.unwrap();
        assert_eq!(
            server.read(&mut buf).await.unwrap(),
            4,
            "the dropped read took the bytes"
        );
    });
}

#[test]
fn ten_thousand_connections_one_after_another_use_three_places() {
    block_on(async {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..10_000 {
            let client = TcpStream::connect(address).await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            assert_eq!(internals::reactor().len(), 3);
            // Closed with bytes unread, a connection is reset, and its port is free at once.
            client.write_all(b"never read").await.unwrap();
            drop(server);
            let error = client.read(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        assert_eq!(internals::reactor().len(), 1);
    });
}

#[test]
fn five_thousand_connections_are_held_and_leave_nothing() {
    system::allow_open_files(10_500).expect("ten thousand sockets need a hard limit above that");
    block_on(async {
        let listener = TcpListener::bind(loopback()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        for _ in 0..5_000 {
            let client = TcpStream::connect(address).await.unwrap();
            held.push((client, listener.accept().await.unwrap().0));
        }
        assert_eq!(internals::reactor().len(), 10_001);
        for (client, server) in &held {
            client.write_all(b"here").await.unwrap();
            let mut heard = [0; 4];
            server.read_exact(&mut heard).await.unwrap();
        }
        drop(held);
        assert_eq!(internals::reactor().len(), 1);
        assert!(!internals::reactor().is_waited_for());
    });
}

#[test]
fn datagrams_arrive_whole_and_tell_their_sender() {
    block_on(async {
        let here = UdpSocket::bind(loopback()).await.unwrap();
        let there = UdpSocket::bind(loopback()).await.unwrap();
        let (here_address, there_address) =
            (here.local_addr().unwrap(), there.local_addr().unwrap());
        let answering = spawn(async move {
            let mut buf = [0; 100];
            let (count, sender) = there.recv_from(&mut buf).await.unwrap();
            assert_eq!((&buf[..count], sender), (&b"first"[..], here_address));
            there.connect(sender).await.unwrap();
            let count = there.recv(&mut buf).await.unwrap();
            assert_eq!(&buf[..count], b"second");
            there.send(b"answer").await.unwrap();
        });
        yield_now().await;
        here.send_to(b"first", there_address).await.unwrap();
        here.connect(there_address).await.unwrap();
        here.send(b"second").await.unwrap();
        let mut buf = [0; 3];
        assert_eq!(
            here.recv(&mut buf).await.unwrap(),
            3,
            "the rest of a datagram is cut off"
        );
        assert_eq!((&buf, here.peer_addr().unwrap()), (b"ans", there_address));
        answering.await.unwrap();
    });
}

#[test]
fn unix_streams_find_each_other_by_path() {
    let path = socket_path("round-trip");
    block_on(async {
        let listener = UnixListener::bind(&path).await.unwrap();
        let server = spawn(async move {
            let (mut stream, peer) = listener.accept().await.unwrap();
            assert!(peer.is_unnamed());
            let mut question = String::new();
            stream.read_to_string(&mut question).await.unwrap();
            stream
                .write_all(question.to_uppercase().as_bytes())
                .await
                .unwrap();
        });
        let client = UnixStream::connect(&path).await.unwrap();
        client.write_all(b"hello").await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        (&client).read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "HELLO");
        server.await.unwrap();
    });
    std::fs::remove_file(&path).unwrap();
}
