//! Calls by path with raw bytes: for tests that walk every RPC without knowing its messages.

use tonic::{
    Code, Request, Status,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataValue,
};

use platform::peer::{Peer, STAFF_METADATA};

/// Sends an empty message to the RPC at `path`, and tells how it was answered.
///
/// # Errors
/// The status of a refusal.
pub async fn call_empty(peer: Peer, path: &str, assertion: Option<&str>) -> Result<(), Status> {
    call(peer, path, assertion, Vec::new()).await
}

/// Sends these bytes as a message to the RPC at `path`, and tells how they were answered.
///
/// # Errors
/// The status of a refusal.
pub async fn call(peer: Peer, path: &str, assertion: Option<&str>, message: Vec<u8>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(peer);
    client.ready().await.map_err(|failure| Status::new(Code::Unavailable, failure.to_string()))?;
    let mut request = Request::new(message);
    if let Some(assertion) = assertion {
        let value: MetadataValue<_> = assertion.parse().unwrap();
        request.metadata_mut().insert(STAFF_METADATA, value);
    }
    let path = path.parse().unwrap();
    client.server_streaming(request, path, Raw).await.map(|_| ())
}

/// Messages as the bytes they are.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        use prost::bytes::BufMut;
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        use prost::bytes::Buf;
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}
