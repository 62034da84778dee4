import org.jspecify.annotations.NullMarked;

/** Sockets, pipes, processes and TLS on the workers of {@code lemnos.runtime}; brings Netty. */
@NullMarked
module lemnos.net {
  requires transitive lemnos.runtime;
  requires static transitive org.jspecify;
  requires transitive io.netty.buffer;
  requires io.netty.codec;
  requires transitive io.netty.common;
  requires transitive io.netty.handler;
  requires io.netty.resolver;
  requires io.netty.resolver.dns;
  requires transitive io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.classes.io_uring;
  requires io.netty.transport.classes.kqueue;
  requires io.netty.transport.unix.common;
  requires org.slf4j;

  exports lemnos.net;
}
