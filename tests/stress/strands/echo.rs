//! Strands of sockets: what is sent comes back, and the socket goes from task to task.

use std::future::Future;

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tourbillon::net::{TcpListener, TcpStream, UnixStream};
use tourbillon::{join, spawn};

use super::Strand;
use crate::watch::Pulse;

/// One in so many exchanges is on a new connection.
const KEPT: u64 = 16;

/// A few bytes mostly, and sometimes more than a socket holds.
fn length(strand: &mut Strand) -> usize {
    let most = if strand.below(16) == 0 {
        300_000
    } else {
        2_000
    };
    1 + strand.below(most) as usize
}

/// Bytes in which a lost, doubled or misplaced piece shows.
fn pattern(length: usize, seed: u64) -> Vec<u8> {
    let byte = |at: u64| (at.wrapping_add(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
    (0..length as u64).map(byte).collect()
}

/// Sends bytes and reads them back.
async fn exchange<S>(reader: S, writer: S, said: &[u8], pulse: &Pulse)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = (reader, writer);
    let hear = async {
        let mut heard = vec![0; said.len()];
        let mut at = 0;
        while at < heard.len() {
            let read = reader.read(&mut heard[at..]).await.unwrap();
            assert!(read > 0, "the echo ended early");
            at += read;
            pulse.beat();
        }
        heard
    };
    let (written, heard) = join(writer.write_all(said), hear).await;
    written.unwrap();
    assert!(heard == said, "the echo changed the bytes");
}

async fn echo<S>(reader: S, writer: S)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    futures_lite::io::copy(reader, writer).await.unwrap();
}

/// The steps of an echo strand: `connect` makes a connection, `talk` sends and hears on it in a task
/// of its own and gives it back.
async fn steps<S, C, T>(
    strand: &mut Strand,
    mut connect: impl FnMut() -> C,
    talk: impl Fn(S, Vec<u8>, std::sync::Arc<Pulse>) -> T,
) where
    S: Send + 'static,
    C: Future<Output = S>,
    T: Future<Output = S> + Send + 'static,
{
    let mut kept = None;
    while strand.step().await {
        let stream = match kept.take() {
            Some(stream) if strand.below(KEPT) > 0 => stream,
            _ => connect().await,
        };
        strand.beat();
        let said = pattern(length(strand), strand.random.next());
        let bytes = said.len() as u64;
        let begun = strand.tally.tasks.begin();
        strand.tally.bytes.add(bytes, 0);
        let talk = talk(stream, said, strand.pulse.clone());
        // Wherever it runs, the connection was made here.
        let talks = spawn(async move {
            let _begun = begun;
            talk.await
        });
        kept = Some(talks.await.unwrap());
        strand.tally.bytes.add(0, bytes);
        strand.done();
    }
}

/// A server of its own, and connections to it that come and go.
pub(super) async fn tcp(mut strand: Strand) {
    let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).await;
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    let tally = strand.tally.clone();
    let server = spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let begun = tally.tasks.begin();
            let served = async move {
                let _begun = begun;
                echo(&stream, &stream).await;
            };
            spawn(served).detach();
        }
    });
    let connect = || async move { TcpStream::connect(address).await.unwrap() };
    let talk = |stream: TcpStream, said: Vec<u8>, pulse: std::sync::Arc<Pulse>| async move {
        exchange(&stream, &stream, &said, &pulse).await;
        stream
    };
    steps(&mut strand, connect, talk).await;
    drop(server);
}

/// Pairs of which the other end echoes in a task of its own.
pub(super) async fn unix(mut strand: Strand) {
    let tally = strand.tally.clone();
    let connect = || {
        let begun = tally.tasks.begin();
        async move {
            let (ours, theirs) = UnixStream::pair().unwrap();
            let served = async move {
                let _begun = begun;
                echo(&theirs, &theirs).await;
            };
            spawn(served).detach();
            ours
        }
    };
    let talk = |stream: UnixStream, said: Vec<u8>, pulse: std::sync::Arc<Pulse>| async move {
        exchange(&stream, &stream, &said, &pulse).await;
        stream
    };
    steps(&mut strand, connect, talk).await;
}
