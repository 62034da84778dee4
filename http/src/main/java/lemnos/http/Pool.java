package lemnos.http;

import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import lemnos.core.Core;
import lemnos.net.Protocol;
import lemnos.net.TcpOptions;
import lemnos.net.TcpStream;
import lemnos.net.Tls;
import lemnos.runtime.Awaitable;
import org.jspecify.annotations.Nullable;

/** A client's connections on one worker. */
final class Pool {
  private final ClientSetup setup;
  private final Core core;
  private final Map<Origin, Host> hosts = new HashMap<>();

  Pool(ClientSetup setup, Core core) {
    this.setup = setup;
    this.core = core;
  }

  /** The connections to one host. */
  private final class Host {
    final Origin origin;

    /** The one that was used last comes first. */
    final ArrayDeque<ClientConnection> idle = new ArrayDeque<>();

    /** Actors that wait for a connection or a stream, in the order in which they came. */
    final ArrayDeque<Turn> waiting = new ArrayDeque<>();

    /** How many of them have been called, and have not yet taken what they were called for. */
    int called;

    /** Those of HTTP/1, and those that are being opened. */
    int connections;

    int opening;

    /** The connection of HTTP/2 on which new streams are opened. */
    @Nullable Http2ClientConnection http2;

    /** The next connection may be one of HTTP/2, which is enough for all. */
    boolean mayBeHttp2;

    Host(Origin origin) {
      this.origin = origin;
      this.mayBeHttp2 = setup.mayBeHttp2(origin.secure());
    }

    /** How many exchanges might begin now. */
    int room() {
      if (http2 != null && http2.isUsable()) {
        return http2.room();
      }
      return mayBeHttp2
          ? 1 - opening
          : setup.connectionsPerHost() - connections - opening + idle.size();
    }

    /** Calls as many actors as there is room for. */
    void wake() {
      while (room() > called && !waiting.isEmpty()) {
        called++;
        waiting.remove().come();
      }
    }

    boolean isUnused() {
      return connections + opening + called == 0
          && waiting.isEmpty()
          && (http2 == null || !http2.isUsable());
    }
  }

  /** An actor's turn to have a connection, or to make one. */
  private static final class Turn implements Awaitable {
    private boolean has;
    private Runnable waker = () -> {};

    @Override
    public boolean isReady() {
      return has;
    }

    @Override
    public void arm(Runnable wake) {
      waker = wake;
    }

    void come() {
      has = true;
      waker.run();
    }
  }

  ClientSetup setup() {
    return setup;
  }

  Core core() {
    return core;
  }

  /**
   * A connection that nobody uses, a new one or a stream; waits if there are too many.
   *
   * @param fresh whether a connection must be a new one
   */
  ClientConnection take(Origin origin, boolean fresh) throws IOException {
    Host host = hosts.computeIfAbsent(origin, Host::new);
    while (host.room() <= host.called) {
      awaitTurn(host);
      host = hosts.computeIfAbsent(origin, Host::new); // it may have been forgotten meanwhile
    }
    if (host.http2 != null && host.http2.isUsable()) {
      return ClientConnection.stream(this, origin, host.http2);
    }
    for (var c = host.idle.poll(); c != null; c = host.idle.poll()) {
      if (c.isUsable() && !fresh) {
        c.reused();
        return c;
      }
      c.end();
      host.connections--;
    }
    return connect(host);
  }

  private void awaitTurn(Host host) throws IOException {
    var turn = new Turn();
    host.waiting.add(turn);
    long late = core.after(setup.timeout(), turn::come);
    boolean isLate = false;
    boolean isDone = false;
    try {
      turn.await();
      isDone = true;
    } finally {
      core.cancel(late);
      isLate = host.waiting.remove(turn);
      if (!isLate) {
        host.called--;
        if (!isDone) {
          host.wake(); // it was our turn, which we cannot take
        }
      }
    }
    if (isLate) {
      throw new SocketTimeoutException("no connection to " + host.origin.authority() + " is free");
    }
  }

  private ClientConnection connect(Host host) throws IOException {
    host.opening++;
    try {
      ClientConnection connection = ClientConnection.open(this, host.origin);
      if (!connection.isStream()) {
        host.connections++;
        host.mayBeHttp2 = false;
      }
      return connection;
    } finally {
      host.opening--;
      changed(host);
    }
  }

  /** Takes over a new connection of HTTP/2. */
  void adopt(Origin origin, Http2ClientConnection http2) {
    Host host = hosts.computeIfAbsent(origin, Host::new);
    if (host.http2 != null) {
      host.http2.retire();
    }
    host.http2 = http2;
    host.mayBeHttp2 = true;
    http2.start(setup.idleTimeout(), () -> changed(host));
  }

  private void changed(Host host) {
    host.wake();
    if (host.isUnused()) {
      hosts.remove(host.origin, host);
    }
  }

  /** Takes back a connection that can be used again. */
  void giveBack(ClientConnection connection) {
    Host host = hosts.get(connection.origin());
    if (host == null || !connection.isUsable()) {
      drop(connection);
      return;
    }
    host.idle.push(connection);
    connection.expireAfter(setup.idleTimeout());
    host.wake();
  }

  /** Nobody has used a connection for long; unless somebody does just now it ends. */
  void expire(ClientConnection connection) {
    Host host = hosts.get(connection.origin());
    if (host != null && host.idle.remove(connection)) {
      drop(connection);
    }
  }

  /** Forgets a connection, and ends it, unless that was done. */
  void drop(ClientConnection connection) {
    if (connection.isOver()) {
      return;
    }
    connection.end();
    Host host = hosts.get(connection.origin());
    if (host != null && !connection.isStream()) {
      host.connections--;
      changed(host);
    }
  }

  // Connecting, for ClientConnection

  <S extends AutoCloseable> S connect(
      InetSocketAddress address, @Nullable Tls tls, Protocol<S> protocol) throws IOException {
    return TcpStream.connecting(core, address, options(tls), protocol).take();
  }

  /** Puts on top of a connection what was agreed upon. */
  AutoCloseable attach(Channel channel) {
    return setup.isHttp2(channel)
        ? Http2ClientConnection.attach(core, channel)
        : attachHttp1(channel);
  }

  Link attachHttp1(Channel channel) {
    return ClientConnection.attach(core, channel);
  }

  private TcpOptions options(@Nullable Tls tls) {
    return TcpOptions.standard().withConnectTimeout(setup.connectTimeout()).withTls(tls);
  }
}
