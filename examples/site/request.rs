//! What a client asks the site for.

use std::io;

use tourbillon::net::TcpStream;

/// Most bytes of a request.
const LONGEST: usize = 8 * 1024;

/// What a GET asks for; the empty target if the request is no such thing.
pub(super) async fn target(stream: &TcpStream) -> io::Result<String> {
    let mut request = vec![0; LONGEST];
    let mut filled = 0;
    while filled < LONGEST {
        match stream.read(&mut request[filled..]).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => filled += count,
        }
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut parsed = httparse::Request::new(&mut headers);
        match parsed.parse(&request[..filled]) {
            Ok(httparse::Status::Partial) => {}
            Ok(_) if parsed.method == Some("GET") => {
                return Ok(parsed.path.unwrap_or("").to_owned());
            }
            _ => break,
        }
    }
    Ok(String::new())
}
