//! Configuration files of peers. They listen on the loopback interface only, and keep the defaults except for limits
//! that the loads would exceed.

use std::path::Path;

/// Returns the configuration of nginx. Each message is published to the channel of its vehicle and to that of all
/// vehicles. New subscribers get no earlier messages. Relative paths are below nginx's prefix.
pub(super) fn nginx(nchan_module: &Path, port: u16) -> String {
    let module = nchan_module.display();
    format!(
        r#"load_module "{module}";
daemon off;
worker_processes auto;
pid nginx.pid;
error_log stderr warn;
events {{
    worker_connections 20000;
}}
http {{
    access_log off;
    # A publisher sends all messages over one connection.
    keepalive_requests 1000000000;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    nchan_shared_memory_size 512m;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location ~ ^/publish/(?<channel>[0-9a-f-]+)$ {{
            nchan_publisher http;
            nchan_channel_id $channel all;
        }}
        location ~ ^/subscribe/(?<channel>[0-9a-f-]+|all)$ {{
            nchan_subscriber websocket;
            nchan_channel_id $channel;
            nchan_subscriber_first_message newest;
        }}
    }}
}}
"#
    )
}

/// Returns the configuration of mosquitto. Without `socket_domain`, a WebSocket listener ignores its address.
pub(super) fn mosquitto(publishers: u16, subscribers: u16) -> String {
    format!(
        "log_type error\n\
         log_type warning\n\
         allow_anonymous true\n\
         set_tcp_nodelay true\n\
         listener {publishers} 127.0.0.1\n\
         listener {subscribers} 127.0.0.1\n\
         protocol websockets\n\
         socket_domain ipv4\n"
    )
}

/// Returns the configuration of nats-server. Pings would only be answered by subscribers.
pub(super) fn nats(publishers: u16, subscribers: u16) -> String {
    format!(
        r#"host: "127.0.0.1"
port: {publishers}
ping_interval: "1h"
websocket {{
    host: "127.0.0.1"
    port: {subscribers}
    no_tls: true
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nginx(nginx(Path::new("/modules/nchan.so"), 7_001), "listen 127.0.0.1:7001 ", 1)]
    #[case::mosquitto(mosquitto(7_001, 7_002), "listener 700", 2)]
    #[case::nats(nats(7_001, 7_002), "host: \"127.0.0.1\"", 2)]
    fn peers_listen_on_the_loopback_interface(
        #[case] configuration: String,
        #[case] listening: &str,
        #[case] count: usize,
    ) {
        assert_eq!(configuration.matches(listening).count(), count, "{configuration}");
        assert_eq!(
            configuration.matches("127.0.0.1").count(),
            count,
            "{configuration}"
        );
    }
}
