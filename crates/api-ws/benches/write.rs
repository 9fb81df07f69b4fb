//! The cost of writing a frame to a socket on the loopback interface. Most of it is spent in the kernel.

mod deliveries;

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

use api_ws::Codec;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use deliveries::{delivery_of, view};
use socket2::SockRef;

/// Number of sockets, to which the frames are written one after another.
const SOCKETS: usize = 64;

/// Size of the kernel's buffers, in bytes. A whole frame must fit, because it is only read after the write.
const BUFFER_BYTES: usize = 200 << 10;

/// Both ends of a connection.
struct Connection {
    server: TcpStream,
    client: TcpStream,
}

impl Connection {
    fn open(listener: &TcpListener) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        let client = TcpStream::connect(address).expect("the listener accepts");
        let (server, _) = listener.accept().expect("the client connects");
        server.set_nodelay(true).expect("a TCP option");
        let set = SockRef::from(&server).set_send_buffer_size(BUFFER_BYTES);
        set.expect("a size of buffers");
        let set = SockRef::from(&client).set_recv_buffer_size(BUFFER_BYTES);
        set.expect("a size of buffers");
        Self { server, client }
    }
}

fn writing(criterion: &mut Criterion) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let mut connections: Vec<_> = (0..SOCKETS).map(|_| Connection::open(&listener)).collect();
    let mut group = criterion.benchmark_group("write a frame");
    group.throughput(Throughput::Elements(SOCKETS as u64));
    for vehicles in [1, 100] {
        let frame = Codec::JSON.frame(&delivery_of((0..vehicles).map(view).collect()));
        let bytes: usize = frame.iter().map(|part| part.len()).sum();
        let (mut written, mut read) = (Vec::<u8>::with_capacity(bytes), vec![0_u8; bytes]);
        group.bench_function(format!("{vehicles} vehicles"), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    let began = Instant::now();
                    for Connection { server, .. } in &mut connections {
                        // The server copies both parts of a frame into the buffer of the connection.
                        written.clear();
                        frame.iter().for_each(|part| written.extend_from_slice(part));
                        server.write_all(&written).expect("the buffers have room");
                    }
                    spent += began.elapsed();
                    for Connection { client, .. } in &mut connections {
                        client.read_exact(&mut read).expect("the frame has arrived");
                    }
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, writing);
criterion_main!(benches);
