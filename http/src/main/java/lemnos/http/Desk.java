package lemnos.http;

import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import lemnos.core.Core;
import lemnos.core.Poller;
import lemnos.net.NettyPoller;
import lemnos.runtime.RuntimeRef;
import org.jspecify.annotations.Nullable;

/** A server's part on one worker: its connections there, and what they share. */
final class Desk {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final HttpServer server;
  private final ServerSetup setup;
  private final RuntimeRef runtime;
  private final Core core;
  private final EventLoop eventLoop;
  private final Handler handler;
  private final Limits limits;
  private final @Nullable Consumer<? super Access> accessLog;
  private final Set<Link> connections = new HashSet<>();
  private @Nullable HttpDate date;
  private long dateNanos;
  private boolean draining;

  Desk(HttpServer server, ServerSetup setup, RuntimeRef runtime) {
    this.server = server;
    this.setup = setup;
    this.runtime = runtime;
    this.core = runtime.loop();
    this.eventLoop = ((NettyPoller) core.env(Poller.class)).eventLoop();
    this.handler = setup.handler();
    this.limits = setup.limits();
    this.accessLog = setup.accessLog();
  }

  Core core() {
    return core;
  }

  RuntimeRef runtime() {
    return runtime;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  ServerSetup setup() {
    return setup;
  }

  Handler handler() {
    return handler;
  }

  Limits limits() {
    return limits;
  }

  Forwarded forwarded() {
    return setup.forwarded();
  }

  /** The time of day for the header {@code Date}, made once a second. */
  HttpDate date() {
    long now = core.now();
    HttpDate d = date;
    if (d == null || now - dateNanos >= SECOND_NANOS) {
      d = HttpDate.of(core.wallTime());
      date = d;
      dateNanos = now;
    }
    return d;
  }

  void count(Refusal refusal, Object peer, String detail) {
    server.refusals().count(refusal, peer, detail, core.now());
  }

  void served(Request request, Response response, long begin) {
    if (accessLog != null) {
      accessLog.accept(
          new Access(
              core.wallTime(),
              request.clientAddress(),
              request.method(),
              request.target(),
              request.version(),
              response.status(),
              response.written(),
              java.time.Duration.ofNanos(core.now() - begin),
              request.header("referer"),
              request.header("user-agent")));
    }
  }

  // Connections

  void open(Link connection) {
    connections.add(connection);
    server.opened();
  }

  /** Nothing happens if it is closed already. */
  void close(Link connection) {
    if (connections.remove(connection)) {
      server.closed();
    }
  }

  boolean isDraining() {
    return draining;
  }

  /** Has all connections end as soon as they have nothing to answer. */
  void drain() {
    draining = true;
    List.copyOf(connections).forEach(Link::drain);
  }

  /** Ends all connections at once. */
  void abort() {
    List.copyOf(connections).forEach(Link::abort);
  }
}
