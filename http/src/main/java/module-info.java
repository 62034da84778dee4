import org.jspecify.annotations.NullMarked;

/** HTTP server and client, WebSocket and server-sent events, on Netty's codecs. */
@NullMarked
module lemnos.http {
  requires transitive lemnos.net;
  requires static transitive org.jspecify;
  requires transitive io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.compression;
  requires io.netty.codec.http;
  requires io.netty.codec.http2;
  requires io.netty.common;
  requires io.netty.handler;
  requires transitive io.netty.transport;
  requires org.slf4j;

  exports lemnos.http;
}
