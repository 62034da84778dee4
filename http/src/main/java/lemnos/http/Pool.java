package lemnos.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import lemnos.core.Core;
import lemnos.net.TcpOptions;
import lemnos.net.TcpStream;
import lemnos.runtime.Awaitable;

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

    /** Actors that wait for a connection, in the order in which they came. */
    final ArrayDeque<Turn> waiting = new ArrayDeque<>();

    int connections;

    Host(Origin origin) {
      this.origin = origin;
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
   * A connection that nobody uses, or a new one; waits if there are too many.
   *
   * @param fresh whether it must be a new one
   */
  ClientConnection take(Origin origin, boolean fresh) throws IOException {
    while (true) {
      Host host = hosts.computeIfAbsent(origin, Host::new); // it may be forgotten while we wait
      for (var c = host.idle.poll(); c != null; c = host.idle.poll()) {
        if (c.isUsable() && !fresh) {
          c.reused();
          return c;
        }
        c.end();
        host.connections--;
      }
      if (host.connections < setup.connectionsPerHost()) {
        return connect(host);
      }
      awaitTurn(host);
    }
  }

  private void awaitTurn(Host host) throws IOException {
    var turn = new Turn();
    host.waiting.add(turn);
    long late = core.after(setup.timeout(), turn::come);
    try {
      turn.await();
    } catch (Throwable t) {
      if (!host.waiting.remove(turn)) {
        wakeNext(host); // it was our turn, which we cannot take
      }
      throw t;
    } finally {
      core.cancel(late);
    }
    if (host.waiting.remove(turn)) {
      throw new SocketTimeoutException("no connection to " + host.origin.authority() + " is free");
    }
  }

  private ClientConnection connect(Host host) throws IOException {
    host.connections++;
    try {
      return ClientConnection.open(this, host.origin);
    } catch (Throwable t) {
      left(host);
      throw t;
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
    wakeNext(host);
  }

  /** Nobody has used a connection for long; unless somebody does just now it ends. */
  void expire(ClientConnection connection) {
    Host host = hosts.get(connection.origin());
    if (host != null && host.idle.remove(connection)) {
      drop(connection);
    }
  }

  /** Forgets a connection, and ends it. */
  void drop(ClientConnection connection) {
    connection.end();
    Host host = hosts.get(connection.origin());
    if (host != null) {
      left(host);
    }
  }

  private void left(Host host) {
    host.connections--;
    if (host.connections == 0 && host.waiting.isEmpty()) {
      hosts.remove(host.origin);
    }
    wakeNext(host);
  }

  private static void wakeNext(Host host) {
    Turn next = host.waiting.poll();
    if (next != null) {
      next.come();
    }
  }

  /** Connects for {@link ClientConnection}. */
  Link connect(InetSocketAddress address, boolean secure) throws IOException {
    TcpOptions options =
        TcpOptions.standard()
            .withConnectTimeout(setup.connectTimeout())
            .withTls(secure ? setup.tls() : null);
    return TcpStream.connecting(
            core, address, options, channel -> ClientConnection.attach(core, channel))
        .take();
  }
}
